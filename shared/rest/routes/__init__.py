"""One module for each area: the routes are plain functions, run in the thread pool."""
