"""One writer for a data folder: embedded Chroma is damaged by two processes that write."""

from pathlib import Path

from corpus.errors import StorageError


class WriterLock:
    """Held by the process that may write below `data_dir`, until it ends."""

    def __init__(self, data_dir: Path) -> None:
        from filelock import FileLock

        try:
            data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"{data_dir} cannot be made or is no folder ({error.strerror}): check BOT_DATA_DIR"
            ) from error
        self._lock = FileLock(data_dir / "writer.lock")

    def try_acquire(self) -> bool:
        """Whether the lock is held by this process now."""
        from filelock import Timeout

        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        except OSError as error:
            raise StorageError(
                f"{self._lock.lock_file} cannot be written ({error.strerror}): check BOT_DATA_DIR"
            ) from error
        return True

    def acquire(self) -> None:
        """Take the lock; StorageError when another process holds it."""
        if not self.try_acquire():
            raise StorageError(
                "Another process is using the data folder (a running server?). Stop it and try again, "
                "or give this one a folder of its own with BOT_DATA_DIR."
            )

    def release(self) -> None:
        """Give the lock back."""
        self._lock.release()
