"""A Spark of the test's own: its Connect server in local mode, on loopback, ended by its own pid.

The folder SPARK_HOME, or `.spark` (which `.ci/run` fills), holds it; Java 17 runs it."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[5]


@dataclass(frozen=True)
class Server:
    folder: Path
    port: int
    process: subprocess.Popen

    def address(self, table: str) -> str:
        return f"sc://127.0.0.1:{self.port}/{table}"

    def run(self, *statements: str) -> None:
        from pyspark.sql.connect.session import SparkSession

        session = SparkSession.builder.remote(f"sc://127.0.0.1:{self.port}").create()
        try:
            for statement in statements:
                session.sql(statement).toArrow()
        finally:
            session.stop()


def home() -> Path | None:
    """The folder with Spark's jars; None where there is none."""
    named = os.environ.get("SPARK_HOME", "").strip()
    places = [Path(named)] if named else []
    return next((p for p in [*places, ROOT / ".spark"] if (p / "jars").is_dir()), None)


def reason_without() -> str:
    """Why the tests cannot run here, '' where they can."""
    if shutil.which("java") is None:
        return "no Java is installed (Debian: apt install openjdk-17-jre-headless)"
    if home() is None:
        return "no Spark: neither SPARK_HOME nor .spark holds one (.ci/run downloads it)"
    return ""


@contextlib.contextmanager
def running() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="rapport-spark-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        # What pays for millions of rows costs a small table seconds a query.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.shuffle.partitions": 1,
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.warehouse.dir": folder / "warehouse",
        "spark.local.dir": folder,
    }
    command = [  # a shell script that becomes java
        "bash",
        home() / "bin" / "spark-class",
        "org.apache.spark.deploy.SparkSubmit",
        "--master",
        "local[2]",
        "--driver-memory",
        "1g",
        *(part for name, value in settings.items() for part in ("--conf", f"{name}={value}")),
        "--class",
        "org.apache.spark.sql.connect.service.SparkConnectServer",
        "spark-internal",
    ]
    variables = os.environ | {"SPARK_HOME": str(home()), "SPARK_LOCAL_IP": "127.0.0.1"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=variables)
    try:
        _until_ready(folder, port, process)
        yield Server(folder, port, process)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _until_ready(folder: Path, port: int, process: subprocess.Popen) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("Spark does not answer: " + (folder / "log").read_text()[-2000:])
