// A real scrape of a destination after a session: promtool finds no fault in it, and it has every metric that the alert rules and
// the dashboard use.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {parseArgs} from 'node:util';
import {Dumper, Lab} from './lab.mjs';

const {values: options} = parseArgs({options: {
  pageproxy: {type: 'string'}, criu: {type: 'string'}, promtool: {type: 'string', default: 'promtool'},
}});
const here = new URL('.', import.meta.url);
const lab = new Lab(options.pageproxy, options.criu);
try {
  const dest = lab.dest('dest', '--status', '127.0.0.1:0');
  const address = `http://127.0.0.1:${await dest.port('status')}/metrics`;
  const source = await lab.source(dest, 'source', '--session', 'work/{n}');
  const dumper = await Dumper.connect(await source.port('listening'), 100);
  await dumper.send(4);
  assert.equal(await dumper.finish(), 0);
  await source.line('listening', 2);

  const scrape = await (await fetch(address)).text();
  execFileSync(options.promtool, ['check', 'metrics'], {input: scrape, stdio: ['pipe', 'inherit', 'inherit']});
  const names = new Set(scrape.match(/^[a-z_]+/gm));
  const value = name => Number(scrape.match(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'm'))[1]);
  assert.equal(value('pageproxy_healthy'), 1);
  assert.ok(Math.abs(Date.now() / 1000 - value('pageproxy_last_success_timestamp_seconds')) < 60);
  assert.ok(value('pageproxy_images_free_bytes') > 0);
  assert.ok(value('pageproxy_images_free_bytes') <= value('pageproxy_images_size_bytes'));
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_open_fds', 'process_max_fds',
    'process_start_time_seconds', 'jvm_memory_used_bytes', 'jvm_threads_current']) {
    assert.ok(value(name) > 0, name);
  }
  for (const file of ['rules.yml', 'dashboard.json']) {
    const used = new Set(readFileSync(new URL(file, here), 'utf8').match(/\b(?:pageproxy|process|jvm)_[a-z_]+\b/g));
    assert.ok(used.size > 8, `${file} uses ${used.size} metrics`);
    assert.deepEqual([...used].filter(name => !names.has(name)), [], `names of ${file} that a scrape does not have`);
  }
  console.log(`metrics: ${names.size} names, promtool is content, rules and dashboard use none that is missing`);
} finally {
  await lab.close();
}
