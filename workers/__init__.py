"""The workers: Celery tasks that carry ids. What they decide and write is the domain's business (`intake`)."""
