// A Chromium, and pages of which everything that goes wrong is written down.

import assert from "node:assert/strict";
import { after } from "node:test";
import axe from "axe-core";
import { chromium } from "playwright-core";

const { CHROMIUM, ROOT, NESTED, PROXIED, PICTURES } = process.env;

/** Where the pages are mounted. */
export const places = { "at the root": ROOT, nested: NESTED, "behind a proxy": PROXIED };

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** How people look at them. */
export const looks = {
    light: { colorScheme: "light" },
    dark: { colorScheme: "dark" },
    phone: { ...phone, colorScheme: "light" },
    "dark phone": { ...phone, colorScheme: "dark" },
};

export const browser = await chromium.launch({
    ...(CHROMIUM ? { executablePath: CHROMIUM } : { channel: "chromium" }),
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync", "--no-first-run"],
});
after(() => browser.close());

/** Opens a page at an address, shows it to `see`, and fails if anything is wrong with it then. */
export async function open(base, path, options, see) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(30_000);
    const faults = [];
    let failure;
    try {
        const page = await context.newPage();
        await watch(page, base, faults);
        const response = await page.goto(base + path, { waitUntil: "networkidle" });
        assert.equal(response.status(), 200);
        await see(page);
    } catch (error) {
        failure = error;
    }
    // What is still under way fails once the page is closed.
    const found = [...faults];
    await context.close();
    if (found.length > 0) {
        throw new Error([`${base}${path} is not well:`, ...found].join("\n"), { cause: failure });
    }
    if (failure) {
        throw failure;
    }
}

async function watch(page, base, faults) {
    page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) {
            faults.push(`console ${message.type()}: ${message.text()}`);
        }
    });
    page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));

    // What the browser itself asks for, such as icons, is seen only from here.
    const devtools = await page.context().newCDPSession(page);
    const addresses = new Map();
    devtools.on("Network.requestWillBeSent", ({ requestId, request, redirectResponse }) => {
        addresses.set(requestId, request.url);
        if (redirectResponse) {
            faults.push(`redirect: ${redirectResponse.url} to ${request.url}`);
        }
        if (!request.url.startsWith("data:") && !request.url.startsWith(`${base}/`)) {
            faults.push(`request to elsewhere: ${request.url}`);
        }
    });
    devtools.on("Network.responseReceived", ({ response }) => {
        if (response.status >= 400) {
            faults.push(`${response.status}: ${response.url}`);
        }
    });
    devtools.on("Network.loadingFailed", ({ requestId, errorText, blockedReason }) => {
        faults.push(`failed: ${addresses.get(requestId)} ${blockedReason ?? errorText}`);
    });
    devtools.on("Audits.issueAdded", ({ issue }) => {
        const violation = issue.details.contentSecurityPolicyIssueDetails;
        if (violation) {
            faults.push(`against the policy: ${violation.violatedDirective} ${violation.blockedURL ?? "inline"}`);
        }
    });
    await Promise.all(["Network", "Audits"].map((domain) => devtools.send(`${domain}.enable`)));
}

/** What axe has against the page: the rules that it breaks, and the elements that do. */
export async function violations(page) {
    // Not as a script of the page, whose policy would not let it in.
    await page.evaluate(axe.source);
    const found = await page.evaluate(() => axe.run(document));
    return found.violations.map(({ id, nodes }) => ({ rule: id, elements: nodes.map(({ target }) => target.join(" ")) }));
}

/** For people to look at. */
export async function picture(page, ...words) {
    const name = words.join("-").replaceAll(" ", "-");
    await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}
