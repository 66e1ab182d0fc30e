"""What is found, held against plain ``migrate``, with the rows and trials that it takes."""
