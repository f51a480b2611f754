// Somebody who types the address of a probe into a browser sees JSON.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, places } from "./browser.mjs";

for (const [place, base] of Object.entries(places)) {
    for (const path of ["/ready", "/health"]) {
        test(`${path} is JSON, ${place}`, async () => {
            const page = await browser.newPage();
            const response = await page.goto(base + path);
            assert.match((await response.request().allHeaders()).accept, /^text\/html,/);
            assert.equal(response.status(), 200);
            assert.equal(response.headers()["content-type"], "application/json");
            assert.ok((await response.json()).status);
            await page.close();
        });
    }
}
