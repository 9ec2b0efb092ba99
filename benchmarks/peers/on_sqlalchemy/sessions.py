"""The async sessions of FastAPI and Litestar."""

from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from common.environment import DATABASE, POOL, SOCKET, USER

engine = create_async_engine(f"postgresql+asyncpg://{USER}@/{DATABASE}?host={SOCKET}", pool_size=POOL, max_overflow=0)
# Reads commit by themselves (SQLAlchemy's documented isolation level of an engine), as Django's and raw asyncpg's do:
# neither BEGIN nor ROLLBACK.
read_engine = engine.execution_options(isolation_level="AUTOCOMMIT")
ReadSession = async_sessionmaker(read_engine, expire_on_commit=False, autoflush=False)
WriteSession = async_sessionmaker(engine, expire_on_commit=False)
