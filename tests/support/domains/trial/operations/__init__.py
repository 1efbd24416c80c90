"""Operations that differ in what the house has to do for them."""
