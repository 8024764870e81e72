"""Pages and files of runs and takes."""
