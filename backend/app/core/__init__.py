"""The ground floor: settings, errors, events, the clock and the sockets. Imports nothing of ours."""
