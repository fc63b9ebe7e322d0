import { expect, test } from 'vitest';
import { readAgentConfig } from '../../agent/config.ts';
import { runAgent } from '../../agent/main.ts';
import { plainHardware } from '../agent/plain-hardware.ts';
import { startCoordinator } from '../coordinator-shell/coordinator.ts';
import { afterwards, eventually, temporaryFolder } from '../coordinator-shell/temporary.ts';
import { freePort } from './mosquitto.ts';
import { promtool } from './promtool.ts';

const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
};

test('coordinator and agent serve metrics that promtool takes, on the ports that they are given', async () => {
  const [ofCoordinator, ofAgent] = [await freePort(), await freePort()];
  const coordinator = await startCoordinator(`metrics: {port: ${ofCoordinator}}\n`);
  const folder = temporaryFolder();
  const config = { cluster: 'test', node: 'N1', mqtt: { url: coordinator.mqttUrl }, stateDir: folder, reportMs: 200 };
  const agent = await runAgent(
    readAgentConfig(JSON.stringify({ ...config, logLevel: 'silent', metrics: { port: ofAgent } }), 'test'),
    plainHardware(),
  );
  afterwards(() => agent.stop());
  const urls = [
    `${coordinator.httpUrl}/metrics`,
    `${coordinator.httpUrl}/metrics/readings`,
    `http://127.0.0.1:${ofCoordinator}/metrics`,
    `http://127.0.0.1:${ofCoordinator}/metrics/readings`,
    `http://127.0.0.1:${ofAgent}/metrics`,
  ];
  for (const url of urls) {
    await eventually(`${url} tells of N1`, async () => (await get(url)).text.includes('node="N1"'));
    const { status, type, text } = await get(url);
    expect(status).toBe(200);
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(promtool(text)).toBe('');
  }
  expect((await get(urls[4] ?? '')).text).toContain('evenkeel_agent_connected 1');
  await eventually('its reading', async () => (await get(urls[4] ?? '')).text.includes('sensor="load/1"} 0.5'));
  expect((await get(`http://127.0.0.1:${ofAgent}/api/v1/status`)).status).toBe(404);
  expect((await get(`http://127.0.0.1:${ofCoordinator}/api/v1/status`)).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${ofCoordinator}/metrics`, { method: 'POST' })).status).toBe(404);
  await expect(startCoordinator(`metrics: {port: ${ofAgent}}\n`)).rejects.toMatchObject({ code: 'PORT_IN_USE' });
});

test('an agent whose port for metrics is taken runs without', async () => {
  const { mqttUrl, httpUrl } = await startCoordinator();
  const port = Number(new URL(httpUrl).port);
  const config = {
    cluster: 'test',
    node: 'N1',
    mqtt: { url: mqttUrl },
    stateDir: temporaryFolder(),
    metrics: { port },
  };
  const agent = await runAgent(
    readAgentConfig(JSON.stringify({ ...config, logLevel: 'silent' }), 'test'),
    plainHardware(),
  );
  afterwards(() => agent.stop());
  await eventually('it joins', async () =>
    (await get(`${httpUrl}/metrics`)).text.includes('evenkeel_node_alive{node="N1"} 1'),
  );
});
