// SPDX-License-Identifier: GPL-2.0-or-later
// What Node programs do with descriptors: a cluster of servers, children with pipes and with a channel,
// threads, files.  Fails if one of them gives a wrong result.
'use strict';

const assert = require('assert');
const child = require('child_process');
const cluster = require('cluster');
const fs = require('fs');
const http = require('http');
const threads = require('worker_threads');

const WORKERS = 2;
const REQUESTS = 2000;

function get(agent, port) {
	return new Promise((resolve, reject) => {
		http.get({agent, port, host: '127.0.0.1'}, (answer) => {
			answer.resume();
			answer.on('end', resolve);
		}).on('error', reject);
	});
}

async function requests(port) {
	for (const keepAlive of [true, false]) {
		const agent = new http.Agent({keepAlive, maxSockets: 30});
		const all = [];

		for (let i = 0; i < REQUESTS; i++)
			all.push(get(agent, port));
		await Promise.all(all);
		agent.destroy();
	}
}

function spawned(i) {
	return new Promise((resolve) => {
		const cat = child.spawn('cat', {stdio: ['pipe', 'pipe', i % 2 ? 'inherit' : 'ignore']});
		let text = '';

		cat.stdout.on('data', (data) => { text += data; });
		cat.on('close', () => resolve(text));
		cat.stdin.end('text');
	});
}

async function children() {
	const all = [];

	for (let i = 0; i < 20; i++)
		all.push(spawned(i));
	for (const text of await Promise.all(all))
		assert.strictEqual(text, 'text');
	assert.strictEqual(child.execSync('seq 5 | wc -l').toString().trim(), '5');
}

function thread() {
	return new Promise((resolve) => {
		new threads.Worker('require("fs").readFileSync("/etc/passwd")', {eval: true})
			.on('exit', (status) => { assert.strictEqual(status, 0); resolve(); });
	});
}

function copied(i) {
	return new Promise((resolve, reject) => {
		fs.createReadStream('big').pipe(fs.createWriteStream(`copy.${i}`))
			.on('error', reject).on('finish', resolve);
	});
}

async function files() {
	const all = [];

	fs.writeFileSync('big', Buffer.alloc(1000000, 'x'));
	for (let i = 0; i < 10; i++)
		all.push(copied(i));
	await Promise.all(all);
	const watcher = fs.watch('.', () => {});
	await fs.promises.writeFile('seen', 'x');
	watcher.close();
}

async function primary() {
	const port = await new Promise((resolve) => {
		for (let i = 0; i < WORKERS; i++)
			cluster.fork().on('listening', (address) => resolve(address.port));
	});

	await requests(port);
	await children();
	await Promise.all([thread(), thread()]);
	await files();
	cluster.disconnect(() => process.exit(0));
}

if (cluster.isPrimary)
	primary().catch((error) => { console.error(error); process.exit(1); });
else
	http.createServer((request, answer) => answer.end('x'.repeat(5000))).listen(0, '127.0.0.1');
