"""The page of exercises: a problem, what one answers, and what is wrong in it."""
