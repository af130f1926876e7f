"""The teacher's page: who is there, what runs, what the machine has left, and the means to stop it."""
