"""Playing many cells on several stages at once."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from devnet.proofs.faultmatrix.cells import Cell
from devnet.proofs.faultmatrix.stage import Stage, Verdict


@dataclass
class Matrix:
    """Plays cells, and tells of each as it ends."""

    server_url: str
    redis_url: str
    directory: Path
    stages: int = 2
    tell: Callable[[str], None] = lambda line: None

    def run(self, cells: Iterable[Cell]) -> list[Verdict]:
        """The verdicts in the order of the cells."""
        wanted = list(cells)
        self._local, self._made = threading.local(), list[Stage]()
        with ThreadPoolExecutor(self.stages, thread_name_prefix="stage") as pool:
            try:
                futures = {pool.submit(self._play, cell): cell for cell in wanted}
                found = {}
                for future in as_completed(futures):
                    verdict = found[futures[future]] = future.result()
                    self.tell(f"{len(found):>4} of {len(wanted)} {_line(verdict)}")
            finally:
                pool.shutdown(cancel_futures=True)
                for stage in self._made:
                    stage.close()
        return [found[cell] for cell in wanted]

    def _play(self, cell: Cell) -> Verdict:
        stage: Stage | None = getattr(self._local, "stage", None)
        if stage is None:
            name = f"fault_{len(self._made)}"
            stage = self._local.stage = Stage(self.server_url, self.redis_url, self.directory, name)
            self._made.append(stage)
        return stage.play(cell)


def _line(verdict: Verdict) -> str:
    what = f"! {verdict.problems[0][:300]}" if verdict.problems else verdict.end
    return f"{verdict.seconds:>6.1f} s {verdict.hits:>3} faults  {verdict.cell.name}: {what}"
