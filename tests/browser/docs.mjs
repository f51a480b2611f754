// Swagger UI shows the document, and asks the service that it came from.

import assert from "node:assert/strict";
import { test } from "node:test";
import { looks, open, picture, places, violations } from "./browser.mjs";

/** What the page, and not Swagger UI, is responsible for. */
const OURS = ["document-title", "html-has-lang", "html-lang-valid", "landmark-one-main", "meta-viewport"];

/** An operation of the document, unfolded and ready to be filled in. */
async function operation(page, method, path) {
    const operation = page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) });
    await operation.locator(".opblock-summary-control").click();
    await operation.getByRole("button", { name: "Try it out" }).click();
    return operation;
}

/** Sends the request of an operation; it goes to `address`, and its answer is shown as it came. */
async function execute(page, operation, address, status) {
    const answered = page.waitForResponse((response) => response.request().resourceType() === "fetch");
    await operation.getByRole("button", { name: "Execute" }).click();
    const response = await answered;
    assert.equal(response.url(), address);
    assert.equal(response.status(), status);
    const shown = operation.locator(".live-responses-table tbody .response");
    assert.equal((await shown.locator(".response-col_status").innerText()).trim(), String(status));
    const body = await response.json();
    assert.deepEqual(JSON.parse(await shown.locator("pre.microlight, .highlight-code pre").first().innerText()), body);
    return body;
}

for (const [place, base] of Object.entries(places)) {
    test(`every operation of the document is shown, ${place}`, () =>
        open(base, "/docs", {}, async (page) => {
            const document = await (await fetch(`${base}/openapi.json`)).json();
            const expected = Object.entries(document.paths).flatMap(([path, item]) =>
                Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
            );
            await page.locator('[data-path="/ready"]').waitFor();
            const shown = await page.locator(".opblock-summary").evaluateAll((summaries) =>
                summaries.map((summary) => {
                    const [method, path] = [".opblock-summary-method", "[data-path]"].map((s) => summary.querySelector(s));
                    return `${method.textContent} ${path.dataset.path}`;
                }),
            );
            assert.deepEqual(shown.sort(), expected.sort());
            assert.equal(page.url(), `${base}/docs`);
            assert.equal(await page.title(), `${document.info.title} · API`);
        }));

    test(`a request is sent to the service and its answer is shown, ${place}`, () =>
        open(base, "/docs", {}, async (page) => {
            const ready = await operation(page, "get", "/ready");
            const report = await execute(page, ready, `${base}/ready`, 200);
            assert.ok(Object.keys(report.checks).length > 0);
        }));
}

for (const [look, options] of Object.entries(looks)) {
    const base = places["at the root"];
    test(`what the page is responsible for is accessible, ${look}`, (t) =>
        open(base, "/docs", options, async (page) => {
            await page.locator('[data-path="/ready"]').waitFor();
            await picture(page, "docs", look);
            await execute(page, await operation(page, "get", "/ready"), `${base}/ready`, 200);
            await picture(page, "docs executed", look);
            const found = await violations(page);
            // It is the page that puts it in the dark.
            const ours = options.colorScheme === "dark" ? [...OURS, "color-contrast"] : OURS;
            assert.deepEqual(found.filter((violation) => ours.includes(violation.rule)), []);
            const others = found.map(({ rule, elements }) => `${rule} ${elements.length}`);
            t.diagnostic(`Swagger UI's own: ${others.join(", ") || "none"}`);
        }));
}

for (const place of ["at the root", "behind a proxy"]) {
    const base = places[place];
    test(`a token that is given once is sent along, ${place}`, () =>
        open(base, "/docs", {}, async (page) => {
            await page.locator(".btn.authorize").click();
            const dialog = page.locator(".modal-ux");
            await dialog.locator("input").fill("quickstart");
            await dialog.getByRole("button", { name: "Apply credentials" }).click();
            await picture(page, "docs authorized", place);
            await dialog.getByRole("button", { name: "Close" }).last().click();
            const order = await execute(page, await operation(page, "post", "/orders"), `${base}/orders`, 201);
            assert.equal(order.shipped, false);
        }));
}

test("a page without a slash at its end is the same as one with it", () =>
    open(places.nested, "/docs/", {}, async (page) => {
        await execute(page, await operation(page, "get", "/ready"), `${places.nested}/ready`, 200);
    }));
