"""Asks /ready with a client that was generated from the document; no cast anywhere."""

import sys

from health_client import Client
from health_client.api.health import ready, ready_db
from health_client.models import CheckReason, CheckStatus, ReadyReport, ReadyReportDb, ReportStatus
from health_client.types import Unset

client = Client(base_url=sys.argv[1])
response = ready.sync_detailed(client=client)
report = response.parsed
if not isinstance(report, ReadyReport):
    raise SystemExit(f"no report: {report}")

details = report.checks.db.details
backlog = report.checks.backlog.details
alone = ready_db.sync(client=client)
if isinstance(details, Unset) or isinstance(backlog, Unset) or not isinstance(alone, ReadyReportDb):
    raise SystemExit(f"no details in {report}")
connections: int = details.open_
waiting: int = backlog.waiting
status: ReportStatus = report.status
storage: CheckStatus = report.checks.storage.status
reason: CheckReason | Unset = report.checks.storage.reason
print(int(response.status_code), status.value, storage.value, "none" if isinstance(reason, Unset) else reason.value)
