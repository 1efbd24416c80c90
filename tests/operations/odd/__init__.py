"""Operations that a fork might write and no domain of ours has."""
