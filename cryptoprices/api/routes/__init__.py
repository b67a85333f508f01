"""What can be asked under /v1, a file a subject. Each has a function that makes its router of the API's parts."""
