"""The page of exercises: a problem, the user's answer, and what is wrong with it."""
