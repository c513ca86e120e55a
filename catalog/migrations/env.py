"""Alembic runs this inside the connection that the catalog hands it."""

from alembic import context
from sqlmodel import SQLModel

from catalog import operation_tables, quality_tables, tables

_ = tables.MosaicRow, quality_tables.DecisionRow, operation_tables.TroubleRow
connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
