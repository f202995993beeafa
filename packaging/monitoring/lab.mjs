// Real proxies for the tests of what they show: certificates, a destination with a real CRIU, sources, and a dumper that
// speaks CRIU's page-server protocol at a chosen speed.
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {randomBytes} from 'node:crypto';

const TIMEOUT_MILLIS = 30_000;
const DAY_MILLIS = 86_400_000;
const PAGE_BYTES = 4096;

/** Rejects when an event takes longer than anything here should. */
export function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timeout: ${what}`)), TIMEOUT_MILLIS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A running pageproxy, and what it has printed. */
class Proxy {
  constructor(program, words) {
    this.words = words;
    this.lines = [];
    this.waiting = [];
    this.errors = '';
    this.child = spawn(program, words, {stdio: ['ignore', 'pipe', 'pipe']});
    this.exited = once(this.child, 'exit');
    let rest = '';
    this.child.stdout.setEncoding('utf8').on('data', text => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      this.lines.push(...lines);
      this.waiting.splice(0).forEach(look => look());
    });
    this.child.stderr.setEncoding('utf8').on('data', text => {
      this.errors += text;
    });
    this.exited.then(() => this.waiting.splice(0).forEach(look => look()));
  }

  /** What follows a word at the beginning of the Nth line that has it. */
  line(word, number = 1) {
    const found = new Promise((resolve, reject) => {
      const look = () => {
        const line = this.lines.filter(text => text.startsWith(`${word} `))[number - 1];
        if (line) resolve(line.slice(word.length + 1));
        else if (this.child.exitCode !== null) reject(new Error(`${this.words.join(' ')} has ended:\n${this.errors}`));
        else this.waiting.push(look);
      };
      look();
    });
    return within(found, `'${word}' of ${this.words.join(' ')}\n${this.errors}`);
  }

  async port(word, number) {
    return Number((await this.line(word, number)).replace(/.*:/, ''));
  }

  async stop() {
    this.child.kill('SIGTERM');
    await within(this.exited, `the end of ${this.words.join(' ')}`);
  }
}

export class Lab {
  /**
   * @param program the command pageproxy
   * @param criu a CRIU for the destination's page servers
   * @param folder where everything lies; a temporary one unless given
   */
  constructor(program, criu, folder) {
    this.program = program;
    this.criu = criu;
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'pageproxy-monitoring-'));
    mkdirSync(this.folder, {recursive: true});
    this.pki = join(this.folder, 'pki');
    this.images = join(this.folder, 'images');
    mkdirSync(this.images, {mode: 0o700});
    this.proxies = [];
    execFileSync(program, ['certs', 'init', '--dir', this.pki], {stdio: 'ignore'});
  }

  file(name) {
    return join(this.pki, name);
  }

  /** A certificate whose subject and validity pageproxy certs would not make. */
  certificate(name, {subject, alternativeName, daysAgo = 1, daysLeft = 90}) {
    const settings = this.file('ca.cnf');
    const stamp = days => `${new Date(Date.now() + days * DAY_MILLIS).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
    writeFileSync(this.file('index.txt'), '');
    writeFileSync(settings, `[ca]\ndefault_ca=d\n[d]\ndatabase=${this.file('index.txt')}\nnew_certs_dir=${this.pki}\n`
        + 'rand_serial=yes\ndefault_md=sha256\npolicy=any\nunique_subject=no\nemail_in_dn=no\n[any]\ncommonName=supplied\n'
        + `[x]\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n${alternativeName ? `subjectAltName=${alternativeName}\n` : ''}`);
    const run = words => execFileSync('openssl', words, {stdio: ['ignore', 'ignore', 'pipe']});
    run(['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-utf8', '-subj', subject,
      '-keyout', this.file(`${name}-key.pem`), '-out', this.file(`${name}.csr`)]);
    run(['ca', '-batch', '-config', settings, '-extensions', 'x', '-notext', '-utf8', '-preserveDN',
      '-cert', this.file('ca.pem'), '-keyfile', this.file('ca-key.pem'), '-in', this.file(`${name}.csr`),
      '-out', this.file(`${name}.pem`), '-startdate', stamp(-daysAgo), '-enddate', stamp(daysLeft)]);
  }

  start(side, certificate, ...words) {
    const proxy = new Proxy(this.program, [side, '--cert', this.file(`${certificate}.pem`), '--key',
      this.file(`${certificate}-key.pem`), '--ca', this.file('ca.pem'), '--crl', this.file('crl.pem'), ...words]);
    this.proxies.push(proxy);
    return proxy;
  }

  dest(certificate, ...words) {
    return this.start('dest', certificate, '--listen', '127.0.0.1:0', '--images-dir', this.images, '--criu', this.criu,
        '--allow-any', '--no-sync', ...words);
  }

  async source(dest, certificate, ...words) {
    return this.start('source', certificate, '--connect', await dest.line('listening'), '--verify-name', 'dest',
        '--listen', '127.0.0.1:0', ...words);
  }

  async close() {
    for (const proxy of this.proxies) proxy.child.kill('SIGKILL');
    await Promise.all(this.proxies.map(proxy => proxy.exited));
    rmSync(this.folder, {recursive: true, force: true});
  }
}

/** Pages as of a real process: some are zero, some random, most hold text. */
function pages(count) {
  const all = Buffer.alloc(count * PAGE_BYTES);
  for (let i = 0; i < count; i++) {
    const page = all.subarray(i * PAGE_BYTES, (i + 1) * PAGE_BYTES);
    if (i % 10 < 3) randomBytes(PAGE_BYTES).copy(page);
    else if (i % 10 < 9) page.fill(randomBytes(96).toString('hex'));
  }
  return all;
}

/** A dumper: its socket is a client of a source. */
export class Dumper {
  static async connect(port, processId) {
    const socket = connect(port, '127.0.0.1');
    await within(once(socket, 'connect'), 'a connection to the source');
    const dumper = new Dumper();
    dumper.socket = socket;
    dumper.target = BigInt(processId) << 8n | 1n;
    dumper.address = 0x10000n;
    dumper.closed = new Promise(resolve => {
      socket.once('close', resolve);
    });
    socket.on('error', () => {}); // It closes, too.
    socket.on('drain', () => dumper.taken?.()).on('close', () => dumper.taken?.());
    dumper.record(4, 0, 0n); // OPEN2
    await dumper.answer();
    return dumper;
  }

  record(command, count, address) {
    const record = Buffer.alloc(24);
    record.writeUInt32LE(command, 0);
    record.writeUInt32LE(count, 4);
    record.writeBigUInt64LE(address, 8);
    record.writeBigUInt64LE(this.target, 16);
    this.socket.write(record);
  }

  async answer() {
    return (await within(once(this.socket, 'data'), 'an answer of the source'))[0];
  }

  /** Sends megabytes, and waits until the socket has taken them. */
  async send(megabytes) {
    const count = Math.max(1, Math.round(megabytes * 1e6 / PAGE_BYTES));
    this.record(6 | 4 << 16, count, this.address); // ADD_F, present
    this.address += BigInt(count * PAGE_BYTES);
    if (!this.socket.write(pages(count))) {
      await new Promise(resolve => {
        this.taken = resolve;
      });
    }
  }

  /** Sends pages at a speed that may vary with time, until it is told to stop. */
  flow(megabytesPerSecond) {
    const begin = Date.now();
    let before = begin;
    const step = async () => {
      const now = Date.now();
      await this.send(megabytesPerSecond((now - begin) / 1000) * (now - before) / 1000);
      before = now;
      if (!this.stopped && !this.socket.destroyed) this.timer = setTimeout(step, 100);
      else this.stopped?.();
    };
    this.timer = setTimeout(step, 100);
  }

  async stop() {
    if (!this.timer) return;
    await within(new Promise(resolve => {
      this.stopped = resolve;
    }), 'the end of the flow');
  }

  /** Ends the stream and returns the status: 0 is success. */
  async finish() {
    await this.stop();
    this.record(0x1023, 0, 0n); // CLOSE
    return (await this.answer()).readInt32LE(0);
  }

  /** Leaves in the middle of the stream. */
  async leave() {
    await this.stop();
    this.socket.destroy();
    await this.closed;
  }
}

/** Forwards a port to a Unix socket, as ssh -L PORT:PATH does. */
export async function forward(path) {
  const server = createServer(client => {
    const there = connect(path);
    client.pipe(there).pipe(client);
    client.on('error', () => there.destroy());
    there.on('error', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
