"""Runs the migrations on the engine handed over by storage.database."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from storage import tables as tables  # the import registers the tables

engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=engine.dialect.name == "sqlite")
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
