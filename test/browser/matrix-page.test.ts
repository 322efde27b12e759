import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { matrixOf } from '../../src/lib/egress/matrix.js';
import { matrixPage } from '../../src/lib/output/matrix/page.js';
import { silent } from '../../src/lib/reporter.js';
import { packageRoot } from '../../scripts/build/package.js';
import { launch } from './chromium.js';

const folder = mkdtempSync(join(tmpdir(), 'osm-ts-page-'));
const shop = join(packageRoot, 'test', 'fixtures', 'reach', 'shop.yaml');
const shopBefore = join(packageRoot, 'test', 'fixtures', 'reach', 'shop-before.yaml');

/** Writes the page of some policies; gives its address. */
async function pageOf(file: string, base?: string): Promise<string> {
  const matrix = await matrixOf(
    {
      ...{ filenames: [file], recursive: false, live: false, meshName: 'osm', osmNamespace: 'osm-system' },
      ...{ clients: [], dns: false, targets: undefined, base },
    },
    silent,
  );
  const path = join(folder, `${Math.abs(hash(file + (base ?? '')))}.html`);
  writeFileSync(path, matrixPage(matrix));
  return pathToFileURL(path).href;
}

const hash = (text: string): number => [...text].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) | 0, 7);

/** Says of each text on the page whose contrast with what is behind it is too low; runs in the page. */
const LOW_CONTRASTS = String.raw`(() => {
  const rgb = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [r, g, b] = color.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = new Set(), seen = [];
  for (const element of document.querySelectorAll('body *:not(script):not(noscript):not(option)')) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
    if (!text || element.offsetParent === null) continue;
    let behind = element;
    while (behind && (rgb(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0) behind = behind.parentElement;
    const one = luminance(rgb(getComputedStyle(element).color));
    const other = luminance(rgb(getComputedStyle(behind ?? document.body).backgroundColor));
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    seen.push(contrast);
    if (contrast < 4.5) found.add((element.className || element.tagName) + ': ' + contrast.toFixed(2));
  }
  return seen.length < 20 ? ['only ' + seen.length + ' texts'] : [...found];
})()`;

describe('the page of a matrix, in a browser', function () {
  this.timeout(120_000);
  let browser: Browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser.close());

  /** Opens a page; fails at its end if it asked for anything, broke its policy, or threw. */
  async function visit(url: string, look: (page: Page) => Promise<void>, dark = false): Promise<void> {
    const page = await browser.newPage({
      colorScheme: dark ? 'dark' : 'light',
      viewport: { width: 1200, height: 800 },
    });
    const troubles: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && troubles.push(message.text())));
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('request', (request) => void (request.url() !== url && troubles.push(`asked for ${request.url()}`)));
    page.on('dialog', (dialog) => troubles.push(`dialog: ${dialog.message()}`));
    await page.goto(url);
    await look(page);
    assert.deepEqual(troubles, []);
    await page.close();
  }

  const active = (page: Page) => page.locator('#active').getAttribute('aria-label');
  const heading = (page: Page) => page.locator('#detail h2').textContent();

  it('shows each cell, and tells the journey of the one that the pointer is on', async () => {
    await visit(await pageOf(shop), async (page) => {
      assert.equal(await page.locator('#cells .cell').count(), 18);
      assert.match((await page.locator('#count').textContent())!, /^2 of 2 sources, 9 of 9 destinations$/);
      assert.equal(await heading(page), 'apps/audit → *.example.org:443/https');
      await page.locator('[data-y="1"][data-x="6"]').hover();
      assert.equal(await heading(page), 'apps/shop → orders.example.com:8080/http');
      assert.match((await page.locator('#detail .requests').textContent())!, /GET, HEAD to \/orders\/…/);
      const stations = await page.locator('.strip li b').allTextContents();
      assert.deepEqual(stations, ['pod', 'interception', 'listener', 'chain', 'route', 'upstream']);
      assert.match((await page.locator('.strip').textContent())!, /HTTPRouteGroup apps\/orders \(.*shop\.yaml:\d+\)/);
      // of a denied cell the journey ends on the way
      await page.locator('[data-y="0"][data-x="0"]').hover();
      assert.equal(await page.locator('.strip li.stop b').textContent(), 'chain');
      assert.deepEqual(await page.locator('.strip li.never b').allTextContents(), ['route', 'upstream']);
      await page.mouse.move(5, 5);
      assert.equal(await heading(page), 'apps/audit → *.example.org:443/https');
    });
  });

  it('is used by keyboard alone', async () => {
    await visit(await pageOf(shop), async (page) => {
      await page.keyboard.press('/');
      assert.equal(await page.evaluate('document.activeElement.id'), 'sources');
      await page.keyboard.press('Escape');
      assert.equal(await page.evaluate('document.activeElement.id'), 'view');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      assert.equal(await active(page), 'apps/shop to 192.0.2.0/24:5432/tcp: every usual request gets through');
      assert.equal(await heading(page), 'apps/shop → 192.0.2.0/24:5432/tcp');
      await page.keyboard.press('End');
      assert.match((await active(page))!, /^apps\/shop to pay\.example\.com:80\/http: /);
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Control+Home');
      assert.match((await active(page))!, /^apps\/audit to \*\.example\.org:443\/https: none gets through$/);
      assert.equal(await page.locator('#view').getAttribute('aria-activedescendant'), 'active');
    });
  });

  it('filters sources, destinations and what is allowed', async () => {
    await visit(await pageOf(shop), async (page) => {
      await page.fill('#destinations', 'example.com https');
      assert.deepEqual(await page.locator('.column').allTextContents(), [
        'api.example.com:443/https',
        'pay.example.com:443/https',
      ]);
      await page.fill('#sources', 'SHOP');
      assert.deepEqual(await page.locator('.name').allTextContents(), ['apps/shop']);
      assert.equal(await page.locator('#cells .cell').count(), 2);
      await page.fill('#destinations', '');
      await page.fill('#sources', '');
      await page.selectOption('#only', 'some');
      assert.deepEqual(await page.locator('.column').allTextContents(), ['orders.example.com:8080/http']);
      await page.fill('#sources', 'nobody');
      assert.ok(await page.locator('#empty').isVisible());
      await page.fill('#sources', '');
      assert.ok(!(await page.locator('#empty').isVisible()));
    });
  });

  it('compares with what was before', async () => {
    await visit(await pageOf(shop, shopBefore), async (page) => {
      assert.equal(await page.locator('input[name=mode]:checked').inputValue(), 'changes');
      await page.selectOption('#only', 'changed');
      assert.deepEqual(await page.locator('.column').allTextContents(), [
        '192.0.2.0/24:5432/tcp',
        '192.0.2.0/24:5433/tcp',
        '198.51.100.7/32:5432/tcp',
        '198.51.100.7/32:5433/tcp',
      ]);
      await page.locator('[data-y="0"][data-x="0"]').click();
      assert.match((await active(page))!, /now every usual request gets through, before none gets through/);
      assert.deepEqual(await page.locator('#detail .verdict').allTextContents(), [
        'every usual request gets through',
        'none gets through',
      ]);
      await page.selectOption('#only', '');
      await page.check('input[value=before]');
      await page.fill('#destinations', '5433');
      assert.equal(await page.locator('.cell.allowed:not(#legend .cell)').count(), 2);
      await page.check('input[value=now]');
      assert.equal(await page.locator('.cell.allowed:not(#legend .cell)').count(), 0);
    });
  });

  for (const dark of [false, true]) {
    it(`has text that can be read, in ${dark ? 'dark' : 'light'}`, async () => {
      await visit(
        await pageOf(shop, shopBefore),
        async (page) => {
          for (const mode of ['changes', 'now']) {
            await page.check(`input[value=${mode}]`);
            for (const x of [0, 2, 9]) {
              await page.locator(`[data-y="1"][data-x="${x}"]`).hover();
              assert.deepEqual(await page.evaluate(LOW_CONTRASTS), []);
            }
          }
          const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
          assert.equal(background, dark ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)');
        },
        dark,
      );
    });
  }

  it('takes names for text, whatever they hold', async () => {
    const hostile = [
      '</script><script>alert(1)</script>',
      '<img src=x onerror=alert(2)>',
      '"><svg onload=alert(3)>',
      "';alert(4);'",
      'a\u0001b\u2028c\u202ed',
      '<!--<script>',
      '$&$1\\u003c',
    ];
    const policies = hostile.map((name, index) => ({
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata: { name: `p-${index}`, namespace: 'apps' },
      spec: {
        sources: [{ kind: 'ServiceAccount', name, namespace: 'apps' }],
        hosts: [name],
        ports: [
          { number: 443 + index, protocol: 'https' },
          { number: 80, protocol: 'http' },
        ],
      },
    }));
    const file = join(folder, 'hostile <img src=x onerror=alert(5)>.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: policies }));
    await visit(await pageOf(file), async (page) => {
      const names = await page.locator('.name').allTextContents();
      assert.equal(names.length, hostile.length);
      assert.ok(names.includes('apps/</script><script>alert(1)</script>'));
      assert.ok(names.includes('apps/a\\u0001b\\u2028c\\u202ed'), names.join('\n'));
      for (let y = 0; y < names.length; y++) {
        await page.locator(`[data-y="${y}"][data-x="${y}"]`).hover();
        assert.ok((await heading(page))!.startsWith(`${names[y]!} → `));
      }
      assert.equal(await page.locator('img, svg, iframe').count(), 0);
      assert.equal(await page.locator('script').count(), 2);
    });
  });

  it('runs no script but its own, whoever gets markup in', async () => {
    const page = await browser.newPage();
    const refused: string[] = [];
    page.on('console', (message) => refused.push(message.text()));
    await page.goto(await pageOf(shop));
    const ran = await page.evaluate(`(() => {
      const script = document.createElement('script');
      script.textContent = 'window.injected = true';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<b onclick="window.injected = true">b</b><img src="https://example.com/x.png">');
      document.body.lastElementChild.previousElementSibling.click();
      return 'injected' in window;
    })()`);
    assert.equal(ran, false);
    assert.ok(
      refused.some((text) => text.includes('script-src')),
      refused.join(),
    );
    assert.ok(
      refused.some((text) => text.includes("img-src' was not explicitly set")),
      refused.join(),
    );
    await page.close();
  });

  it('scrolls through 500 by 500 cells, of which those in view are there', async () => {
    const items = Array.from({ length: 500 }, (_, index) => ({
      apiVersion: 'policy.openservicemesh.io/v1alpha1',
      kind: 'Egress',
      metadata: { name: `policy-${index}`, namespace: 'apps' },
      spec: {
        sources: [{ kind: 'ServiceAccount', name: `account-${index}`, namespace: 'apps' }],
        hosts: [`host-${index}.example.com`],
        ports: [{ number: index % 2 === 0 ? 80 : 443, protocol: index % 2 === 0 ? 'http' : 'https' }],
      },
    }));
    const file = join(folder, 'large.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const url = await pageOf(file);
    await visit(url, async (page) => {
      const size = await page.evaluate<number>('document.documentElement.outerHTML.length');
      console.log(`      500 x 500: ${Math.round(size / 1024)} KiB`);
      assert.ok(size < 1_000_000, `${size}`);
      assert.ok((await page.locator('#cells .cell').count()) < 3000);
      await page.locator('#view').focus();
      await page.keyboard.press('Control+End');
      assert.match((await active(page))!, /^apps\/account-99 to host-99\.example\.com:443\/https: every usual/);
      assert.equal(await page.locator('.strip li.stop').count(), 0);
    });
  });
});
