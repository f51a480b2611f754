// Opens the pages for people as people do, in a real browser, and fails on whatever its console or its network complains of.
//
// ROOT, PREFIX and NESTED are the addresses of the quickstart, of the same behind a proxy that strips a prefix, and of health
// endpoints nested under a path; DATA_DIR is what the quickstart depends on; PICTURES is where screenshots go.

import assert from "node:assert/strict";
import { readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import { chromium } from "playwright-core";

const { ROOT, PREFIX, NESTED, DATA_DIR, PICTURES, CHROMIUM } = process.env;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});
after(() => browser.close());

/** Does something with a page in a window of its own, and then holds the browser's complaints against it. */
async function visit(address, { look, options = {} }) {
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => faults.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`uncaught ${error}`));
  page.on("requestfailed", (request) => faults.push(`failed ${request.url()}: ${request.failure().errorText}`));
  page.on("response", (response) => {
    if (response.status() >= 300) faults.push(`${response.status()} ${response.url()}`);
  });
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== "data:" && origin !== new URL(address).origin) faults.push(`elsewhere: ${request.url()}`);
  });
  try {
    const response = await page.goto(address);
    assert.equal(response.status(), 200, address);
    assert.equal(page.url(), address, "no redirect");
    await look(page, response);
    assert.deepEqual(faults, [], address);
  } finally {
    await context.close();
  }
}

const picture = (page, name) => page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });

/** Opens an operation, presses 'Try it out' and 'Execute', and returns what the page then shows. */
async function tryOut(page, path) {
  const operation = page.locator(".opblock-get", { has: page.locator(`[data-path="${path}"]`) });
  await operation.locator(".opblock-summary-control").click();
  await operation.locator(".try-out__btn").click();
  await operation.locator(".execute").click();
  const live = operation.locator(".live-responses-table");
  await live.waitFor();
  return {
    address: (await operation.locator(".request-url pre").innerText()).trim(),
    status: (await live.locator(".response-col_status").last().innerText()).trim(),
    body: await live.locator(".response-col_description pre").first().innerText(),
  };
}

async function docs(page) {
  await page.locator('.opblock-summary-path[data-path="/ready"]').waitFor();
  const icon = await page.locator('link[rel="icon"]').evaluate((link) => link.href);
  const answer = await page.request.get(icon);
  assert.deepEqual([answer.status(), answer.headers()["content-type"]], [200, "image/png"], icon);
}

for (const [name, address] of [["at the root", ROOT], ["behind a proxy that strips a prefix", PREFIX], ["nested", NESTED]]) {
  for (const at of ["/docs", "/docs/"]) {
    test(`${at} ${name} shows the document, and 'Try it out' asks this very service`, () =>
      visit(address + at, {
        look: async (page) => {
          await docs(page);
          const { address: asked, status, body } = await tryOut(page, "/ready");
          assert.equal(asked, `${address}/ready`);
          assert.equal(status, "200");
          assert.match(body, /"phase": "ready"/);
          if (at === "/docs") await picture(page, `docs ${name}`);
        },
      }));
  }

  test(`/status ${name} links to what it speaks of`, () =>
    visit(`${address}/status?refresh=off`, {
      look: async (page) => {
        const links = await page.locator("a").evaluateAll((links) => links.map((link) => link.href));
        for (const path of ["/ready", "/health", "/docs"]) {
          assert.ok(links.includes(address + path), `${address}${path} in ${links}`);
        }
        for (const link of links) assert.equal((await page.request.get(link)).status(), 200, link);
      },
    }));
}

test("a token that is entered in /docs is sent to the application's own routes", () =>
  visit(`${ROOT}/docs`, {
    look: async (page) => {
      await docs(page);
      await page.locator(".auth-wrapper .btn.authorize").first().click();
      await page.locator(".modal-ux input").fill("quickstart");
      await page.locator(".modal-ux .btn.authorize").click();
      await page.locator(".modal-ux .btn-done").click();
      const { status, body } = await tryOut(page, "/orders");
      assert.deepEqual([status, JSON.parse(body)], ["200", []]);
    },
  }));

for (const colorScheme of ["light", "dark"]) {
  for (const [name, viewport] of [["desktop", DESKTOP], ["phone", PHONE]]) {
    for (const [path, address] of [["status", `${ROOT}/status?refresh=off`], ["status degraded", `${NESTED}/status?refresh=off`], ["docs", `${ROOT}/docs`]]) {
      test(`${path} fits a ${name} in ${colorScheme}`, () =>
        visit(address, {
          options: { colorScheme, viewport },
          look: async (page) => {
            if (path === "docs") await docs(page);
            await picture(page, `${path} ${colorScheme} ${name}`);
            const [width, visible] = await page.evaluate(() => {
              const { scrollWidth, clientWidth } = document.documentElement;
              return [scrollWidth, clientWidth];
            });
            assert.ok(width <= visible, `${width} of ${visible} pixels`);
            // Swagger UI's own faults are not ours.
            if (path === "docs") return;
            await page.evaluate(AXE);
            const { violations } = await page.evaluate(() => globalThis.axe.run());
            assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
          },
        }));
    }
  }
}

test("the probes are JSON for a browser too", async () => {
  // Without the complaints of `visit`: such a page has no icon, and the browser misses one.
  const page = await browser.newPage();
  for (const path of ["/health", "/ready", "/startup", "/ready/db"]) {
    const response = await page.goto(ROOT + path);
    assert.match(await response.request().headerValue("accept"), /text\/html/);
    assert.equal(response.headers()["content-type"], "application/json", path);
    assert.equal(JSON.parse(await response.text()).status, "healthy", path);
  }
  await page.close();
});

test("/status follows a failure and a recovery without a script", () =>
  visit(`${ROOT}/status`, {
    options: { javaScriptEnabled: false },
    look: async (page) => {
      await page.getByText("All checks are ok.").waitFor();
      renameSync(DATA_DIR, `${DATA_DIR}-away`);
      try {
        await page.getByRole("heading", { name: "Unhealthy" }).waitFor();
        await page.getByText("check failed, the cause is in the log").waitFor();
        await picture(page, "status failing");
      } finally {
        renameSync(`${DATA_DIR}-away`, DATA_DIR);
      }
      await page.getByText("All checks are ok.").waitFor();
    },
  }));
