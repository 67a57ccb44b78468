"""What is known about programs and releases, compared with what tools say: one module per kind of knowledge."""
