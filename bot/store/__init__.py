"""The truth about every cancellation, in SQLite or PostgreSQL. Nothing else imports SQLAlchemy."""
