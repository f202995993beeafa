// The page of --status in a real browser, over real sessions: what it shows, that names chosen by peers stay text, that nothing
// outside is asked, on a wide screen and on a phone, light and dark. With --screenshots DIR it also lets them run for some
// minutes and takes pictures; --folder is then the path that they show.
import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {chromium} from 'playwright-core';
import {Dumper, forward, Lab, within} from './lab.mjs';

const {values: options} = parseArgs({options: {
  pageproxy: {type: 'string'}, criu: {type: 'string'}, chromium: {type: 'string', default: '/usr/bin/chromium'},
  screenshots: {type: 'string'}, folder: {type: 'string'},
}});

const EVIL = '<img src=x onerror=window.evil=1>';
const WIDE = {width: 1280, height: 900};
const PHONE = {width: 390, height: 844};
const HISTORY_SECONDS = options.screenshots ? 150 : 6;

const step = text => console.log(`page: ${text}`);
const browser = await chromium.launch({
  executablePath: options.chromium,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const lab = new Lab(options.pageproxy, options.criu, options.folder);

/** A tab that remembers what a good page has none of. */
async function open(address, settings = {}) {
  const context = await browser.newContext({viewport: WIDE, colorScheme: 'light', ...settings});
  const tab = await context.newPage();
  tab.complaints = [];
  tab.on('console', message => tab.complaints.push(`console: ${message.text()}`));
  tab.on('pageerror', error => tab.complaints.push(`error: ${error}`));
  tab.on('request', request => {
    if (!request.url().startsWith(address) && !request.url().startsWith('data:')) tab.complaints.push(`asks ${request.url()}`);
    if (request.method() !== 'GET') tab.complaints.push(`${request.method()} ${request.url()}`);
  });
  tab.answer = await tab.goto(address);
  return tab;
}

/** Waits until a condition in the page holds. */
const until = (tab, condition, argument) => tab.waitForFunction(condition, argument, {timeout: 20_000});
const texts = (tab, selector) => tab.locator(selector).allInnerTexts();
const row = (tab, table, text) => tab.locator(`${table} tbody tr`, {hasText: text});
const hasRow = (tab, table, text) => until(tab,
    ([where, what]) => [...document.querySelectorAll(`${where} tbody tr`)].some(tr => tr.innerText.includes(what)), [table, text]);

/** Texts whose contrast with what is behind them is below 4.5, the least for WCAG AA. */
function weakTexts() {
  const parse = text => text.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
      .map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const color = parse(getComputedStyle(e).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(child => child.nodeType === Node.TEXT_NODE && child.data.trim());
    if (!own || !element.checkVisibility() || element.closest('script, style, noscript')) continue;
    const style = getComputedStyle(element);
    const color = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(parse(color)), light(behind(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) weak.push(`${element.textContent.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return weak;
}

async function assertLegible(tab, what) {
  assert.deepEqual(await tab.evaluate(weakTexts), [], `contrast, ${what}`);
  const excess = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(excess, 0, `pixels beyond the right edge, ${what}`);
}

async function picture(tab, name) {
  if (!options.screenshots) return;
  mkdirSync(options.screenshots, {recursive: true});
  await tab.screenshot({path: join(options.screenshots, `${name}.png`), fullPage: true});
}

async function assertHeaders(tab) {
  const headers = tab.answer.headers();
  const policy = headers['content-security-policy'];
  assert.match(headers['content-type'], /^text\/html/);
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /connect-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|\*|http/);
}

async function assertDestination(tab) {
  await assertHeaders(tab);
  await hasRow(tab, '#live', 'shop/1');
  await hasRow(tab, '#live', EVIL);
  await hasRow(tab, '#ended', 'dumper_lost');
  await until(tab, () => /[1-9].*B\/s/.test(document.querySelector('#legend b').innerText));

  assert.equal(await tab.locator('h1').innerText(), 'pageproxy destination');
  assert.equal(await tab.locator('#health').innerText(), 'healthy');
  assert.equal(await tab.locator('#fault').isVisible(), false);
  assert.match(await tab.locator('#facts').innerText(), / · version \d.* · Java \d.* · up \d/);

  await until(tab, () => document.querySelector('#live .spark path.line'));
  const flowing = await row(tab, '#live', 'shop/1').innerText();
  assert.match(flowing, /from source, 127\.0\.0\.1:\d+/);
  assert.match(flowing, /receiving pages/);
  assert.match(flowing, /[1-9][\d.]* [kM]B\/s/);
  assert.match(flowing, /[1-9][\d.]* MiB/);
  assert.match(flowing, /[1-9]\.\d\d\u00d7/, 'a ratio: most pages hold text');
  assert.equal(await row(tab, '#live', 'shop/1').locator('.spark path.line').count(), 1);
  assert.match(await row(tab, '#live', 'shop/2').innerText(), /waiting for the dumper/);
  assert.match(await row(tab, '#live', EVIL).innerText(), /receiving pages/);
  assert.equal(await tab.locator('main img').count(), 0, 'elements made of a name');
  assert.equal(await tab.evaluate(() => window.evil), undefined);

  const failed = await row(tab, '#ended', 'dumper_lost').innerText();
  assert.match(failed, /failed/);
  assert.match(failed, /at the source/);
  assert.match(await row(tab, '#ended', 'stopped_idle').innerText(), /not used/);
  assert.match(await row(tab, '#ended', 'pages_complete').first().innerText(), /ok/);
  const tiles = (await texts(tab, '.tile')).join('\n');
  assert.match(tiles, /Live sessions\s+2 \+ 1 waiting/);
  assert.match(tiles, /Ended sessions\s+4 1 failed\s+last success/);
  assert.match(tiles, /Free for images\s+[\d.]+ [KMGT]iB/);
  assert.match(tiles, /Next to expire\s+2 d 23 h\s+CN=dest, certificate of this proxy/);

  const certificates = await texts(tab, '#certificates tbody tr');
  assert.equal(certificates.length, 3);
  assert.match(certificates[0], /CN=dest.*2 d 23 h\s+renew it/s, 'the soonest first');
  assert.ok(certificates.some(text => /authority/.test(text)) && certificates.some(text => /revocation list/.test(text)));
  assert.doesNotMatch(certificates[2], /renew/);

  const line = await tab.locator('#chart path.line.pages').getAttribute('d');
  assert.ok(new Set(line.match(/ [\d.]+/g)).size > 2, 'the chart is not flat');
  assert.match(await tab.locator('#chart svg').getAttribute('aria-label'), /pages now [1-9]/);
  await until(tab, before => document.querySelector('#chart path.line.pages').getAttribute('d') !== before, line);
  await tab.locator('#chart svg').focus();
  await tab.keyboard.press('ArrowLeft');
  await until(tab, () => document.querySelector('#legend').innerText.startsWith('1 s ago'));
  await tab.locator('#chart svg').blur();
}

async function assertPhone(address, scheme) {
  const tab = await open(address, {viewport: PHONE, colorScheme: scheme, hasTouch: true, isMobile: true});
  await hasRow(tab, '#ended', 'dumper_lost');
  await assertLegible(tab, `phone, ${scheme}`);
  const cell = row(tab, '#live', 'shop/1').locator('td').nth(3);
  assert.equal(await cell.evaluate(td => getComputedStyle(td, '::before').content), '"Pages"');
  const [first, second] = await Promise.all([0, 1].map(i => row(tab, '#live', 'shop/1').locator('td').nth(i).boundingBox()));
  assert.ok(second.y >= first.y + first.height - 1, 'cells are below each other');
  assert.equal(await tab.locator('#live table').getAttribute('role'), 'table');
  await picture(tab, `status-phone-${scheme}`);
  assert.deepEqual(tab.complaints, []);
  await tab.context().close();
}

/** The page of a source on a Unix socket, through a forwarded port, and before anything has happened. */
async function assertQuietSource(path) {
  const server = await forward(path);
  const address = `http://127.0.0.1:${server.address().port}/`;
  const tab = await open(address);
  await hasRow(tab, '#certificates', 'CN=source');
  assert.equal(await tab.locator('h1').innerText(), 'pageproxy source');
  assert.match(await tab.locator('#live').innerText(), /quiet\s+to dest/);
  assert.match(await tab.locator('#ended').innerText(), /No session has ended since this proxy started/);
  assert.match(await tab.locator('#chart').innerText(), /no pages in the last five minutes/);
  assert.doesNotMatch((await texts(tab, '.tile')).join(), /Free for images/);
  await assertLegible(tab, 'source');
  assert.deepEqual(tab.complaints, []);
  await tab.context().close();
  server.close();
}

try {
  step('certificates, a destination, sessions');
  lab.certificate('dest', {subject: '/CN=dest', alternativeName: 'DNS:dest', daysAgo: 87, daysLeft: 3});
  lab.certificate('evil', {subject: `/CN=${EVIL}`});
  const dest = lab.dest('dest', '--status', '127.0.0.1:0', '--max-sessions', '8');
  const address = `http://127.0.0.1:${await dest.port('status')}/`;

  const empty = await open(address);
  await until(empty, () => document.querySelector('#live').innerText.includes('No session is under way'));
  assert.match(await empty.locator('#live').innerText(), /pageproxy migrate --pid PID --connect/);
  await assertLegible(empty, 'nothing yet');
  assert.deepEqual(empty.complaints, []);
  await empty.context().close();

  const work = await lab.source(dest, 'source', '--session', 'nightly/{n}');
  for (const number of [1, 2]) {
    const dumper = await Dumper.connect(await work.port('listening', number), 100);
    await dumper.send(30 * number);
    assert.equal(await dumper.finish(), 0);
  }
  const lost = await Dumper.connect(await work.port('listening', 3), 100);
  await lost.send(8);
  await lost.leave();
  await work.line('listening', 4);
  await work.stop();

  const shop = await lab.source(dest, 'source', '--session', 'shop/{n}', '--max-sessions', '2', '--codec', 'zstd');
  const flowing = await Dumper.connect(await shop.port('listening'), 200);
  await shop.line('listening', 2);
  const evil = await lab.source(dest, 'evil', '--session', 'cart/{n}');
  const second = await Dumper.connect(await evil.port('listening'), 300);
  flowing.flow(t => 9 + 5 * Math.sin(t / 9) + 3 * Math.sin(t / 2.3));
  second.flow(t => (t % 50 < 32 ? 5 + 2 * Math.sin(t / 4) : 1));

  step('the destination, wide and light');
  const tab = await open(address);
  await tab.waitForFunction(seconds => document.querySelector('#chart path.line.pages')?.getAttribute('d').split('L').length > seconds,
      HISTORY_SECONDS, {timeout: 20_000 + 1000 * HISTORY_SECONDS});
  await assertDestination(tab);
  await assertLegible(tab, 'wide, light');
  await picture(tab, 'status-wide-light');

  step('dark, without motion');
  const bright = await tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await tab.emulateMedia({colorScheme: 'dark', reducedMotion: 'reduce'});
  assert.notEqual(await tab.evaluate(() => getComputedStyle(document.body).backgroundColor), bright);
  assert.equal(await tab.locator('.pill.busy').first().evaluate(pill => getComputedStyle(pill, '::before').animationName), 'none');
  await assertLegible(tab, 'wide, dark');
  await picture(tab, 'status-wide-dark');

  step('on a phone');
  await assertPhone(address, 'light');
  await assertPhone(address, 'dark');

  step('a source, on a Unix socket');
  const socket = join(lab.folder, 'status.sock');
  const quiet = await lab.source(dest, 'source', '--session', 'quiet', '--status', `unix:${socket}`);
  await quiet.line('listening');
  await assertQuietSource(socket);

  step('the end');
  assert.equal(await flowing.finish(), 0);
  assert.equal(await second.finish(), 0);
  await hasRow(tab, '#ended', EVIL);
  assert.equal(await tab.locator('main img').count(), 0, 'elements made of a name');
  // The page asks for the tables and the numbers apart, so the numbers may follow a second later.
  await until(tab, () => [...document.querySelectorAll('.tile')].some(tile => /Ended sessions\s+6 1 failed/.test(tile.innerText)));
  assert.deepEqual(tab.complaints, []);

  const third = await Dumper.connect(await shop.port('listening', 2), 400);
  dest.child.kill('SIGTERM');
  await until(tab, () => document.querySelector('#health').innerText === 'takes no sessions');
  assert.match(await tab.locator('#fault').innerText(), /draining/);
  await third.leave();
  await within(dest.exited, 'the end of dest');
  await until(tab, () => !document.querySelector('#lost').hidden);
  assert.match(await tab.locator('#lost').innerText(), /does not answer; what is shown is old/);
  step('ok');
} catch (error) {
  for (const tab of browser.contexts().flatMap(context => context.pages())) {
    console.log(`--- ${tab.url()} shows:\n${await tab.locator('body').innerText().catch(String)}\n--- ${tab.complaints.join('\n')}`);
  }
  for (const proxy of lab.proxies) console.log(`--- ${proxy.words.join(' ')}\n${proxy.lines.join('\n')}\n${proxy.errors}`);
  throw error;
} finally {
  await browser.close();
  await lab.close();
}
