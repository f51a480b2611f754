// Asks /ready with a client that was generated from the document; no cast anywhere.

import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const client = createClient<paths>({ baseUrl: process.argv[2] ?? "" });
const { data, error, response } = await client.GET("/ready", { params: { query: { exclude: [] } } });
const report = data ?? error;
if (!("checks" in report)) {
    throw new Error(report.detail);
}

const open: number | undefined = report.checks.db.details?.open;
const waiting: number | undefined = report.checks.backlog.details?.waiting;
const reason: "failed" | "timeout" | "panicked" | "cancelled" | "slow" | "degraded" | "forced" | "pending" | "stale" | undefined =
    report.checks.storage.reason;

// @ts-expect-error: no check has this name
report.checks.cache;
// @ts-expect-error: the details of the check have no such member
report.checks.db.details?.opened;
// @ts-expect-error: the check gives no details
report.checks.storage.details;

// Every status is known: with one case less this would not always be a number.
const severity = (): number => {
    switch (report.status) {
        case "healthy":
            return 0;
        case "degraded":
            return 1;
        case "unhealthy":
            return 2;
    }
};

const alone = await client.GET("/ready/db");
const idle: number | undefined = alone.data?.checks.db.details?.idle;
if (open === undefined || idle === undefined || waiting === undefined || severity() < 0) {
    throw new Error(`no details in ${JSON.stringify(report)}`);
}
console.log(response.status, report.status, report.checks.storage.status, reason ?? "none");
