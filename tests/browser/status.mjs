// The page for people is readable for all of them, and keeps itself up to date without a script.

import assert from "node:assert/strict";
import { rename } from "node:fs/promises";
import { test } from "node:test";
import { looks, open, picture, places, violations } from "./browser.mjs";

/** The page says what the probe says, in the width that there is, and axe has nothing against it. */
async function isReadable(page, base) {
    const { checks } = await (await fetch(`${base}/ready`)).json();
    const shown = await page.locator(".checks > li").evaluateAll((checks) =>
        checks.map((check) => [check.querySelector("h3").innerText.split(/\s+/)[0], check.querySelector("h3 b").innerText]),
    );
    const said = Object.entries(checks).map(([name, { status }]) => [name, status]);
    assert.deepEqual(shown.sort(), said.sort());
    for (const check of await page.locator(".checks > li").all()) {
        assert.ok(await check.isVisible());
    }
    const [content, window] = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return [scrollWidth, clientWidth];
    });
    assert.ok(content <= window, `a width of ${content} needs scrolling in ${window}`);
}

for (const [place, base] of Object.entries(places)) {
    for (const [look, options] of Object.entries(looks)) {
        test(`it is readable and accessible, ${place}, ${look}`, () =>
            open(base, "/status?refresh=off", options, async (page) => {
                await isReadable(page, base);
                assert.deepEqual(await violations(page), []);
                await picture(page, "status", place, look);
            }));
    }

    test(`every link leads somewhere, ${place}`, () =>
        open(base, "/status?refresh=off", {}, async (page) => {
            const links = await page.locator("a").evaluateAll((links) => links.map((link) => link.href));
            assert.ok(links.length > 2);
            for (const link of links) {
                assert.ok(link.startsWith(`${base}/`), link);
                assert.equal((await page.request.get(link)).status(), 200, link);
            }
        }));

    test(`it can be paused, ${place}`, () =>
        open(base, "/status", {}, async (page) => {
            const go = async (text) => {
                const [response] = await Promise.all([page.waitForResponse(/status/), page.getByText(text).click()]);
                return response.headers().refresh;
            };
            assert.equal(await go("Pause refresh"), undefined);
            assert.equal(await go("Resume refresh"), "5");
        }));
}

test("it shows a check that starts to fail, and its return, without a script", async () => {
    const { DATA } = process.env;
    const { "at the root": base } = places;
    const becomes = (page, word) => page.locator("h1", { hasText: new RegExp(`^${word}$`) }).waitFor({ timeout: 30_000 });
    await open(base, "/status", { javaScriptEnabled: false }, async (page) => {
        await becomes(page, "Healthy");
        await isReadable(page, base);
        await rename(DATA, `${DATA}-away`);
        try {
            await becomes(page, "Unhealthy");
            await isReadable(page, base);
            assert.equal(await page.title(), "Unhealthy · quickstart");
            const worst = page.locator(".checks > li").first();
            assert.match(await worst.innerText(), /^storage\s+error\s/);
            await picture(page, "status failing without a script");
            for (const [look, options] of Object.entries(looks)) {
                await open(base, "/status?refresh=off", options, async (page) => {
                    await becomes(page, "Unhealthy");
                    await isReadable(page, base);
                    assert.deepEqual(await violations(page), []);
                    await picture(page, "status failing", look);
                });
            }
        } finally {
            await rename(`${DATA}-away`, DATA);
        }
        await becomes(page, "Healthy");
    });
});
