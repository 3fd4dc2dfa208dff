import { afterAll, beforeAll } from '@jest/globals';
import { whatsAppShim } from '../../../src/chat/gateways/whatsapp/shim.js';
import { WhatsAppGateway } from '../../../src/chat/gateways/whatsapp/whatsAppGateway.js';
import { describeGateway, type OtherSide } from '../../chat/gateways/contract.js';
import { until } from '../until.js';
import { endAll, type Linked, linked } from './clients.js';
import { describeWithBrowser } from './describeWithBrowser.js';

/**
 * The contract on a client that the host has: one browser for all of it. The gateway with a browser of its own is in
 * survive.test.ts.
 */
describeWithBrowser('on the page', () => {
  let { client, remote } = {} as Linked;
  beforeAll(async () => {
    ({ client, remote } = await linked({ shape: '2026-09' }, { evalOnNewDoc: whatsAppShim }));
  });
  afterAll(endAll);

  let opened = 0;

  async function open(): Promise<OtherSide> {
    opened += 1;
    const gateway = new WhatsAppGateway({ client, random: () => 0 });
    let delivered = 0;
    const start = gateway.start.bind(gateway);
    gateway.start = (deliver) =>
      start((message) => {
        deliver(message);
        delivered += 1;
      });
    const before = (await remote.sent()).length;
    const groups = new Map<string, string>();
    const newest = new Map<string, string>();

    const groupOf = async (name: string): Promise<string> => {
      const known = groups.get(name);
      if (known !== undefined) return known;
      const id = `1203630000000${opened}${groups.size}@g.us`;
      groups.set(name, id);
      await remote.group(id, { name });
      return id;
    };
    const delivering = async <T>(act: () => Promise<T>): Promise<T> => {
      const wanted = delivered + 1;
      const done = await act();
      if (gateway.status().state === 'ready') await until('it is handed over', () => delivered >= wanted);
      return done;
    };
    const write: OtherSide['write'] = async (text, { from, group }) => {
      const where = group === undefined ? {} : { group: await groupOf(group) };
      newest.set(
        `${from} ${group}`,
        await delivering(() => remote.receive({ from: widOf(from), text, ...where })),
      );
    };
    return {
      gateway,
      write,
      async answer(text, { from, group, to }) {
        const quotes = newest.get(`${to} ${group}`)!;
        const where = { from: widOf(from), group: await groupOf(group), quotes };
        await delivering(() => remote.receive({ text, ...where }));
      },
      async edit(text, { from }) {
        await delivering(() => remote.edit(newest.get(`${from} undefined`)!, text));
      },
      async seen(chatId) {
        const sent = (await remote.sent()).slice(before).filter(({ chat }) => chat === chatId);
        return {
          texts: sent.map(({ text }) => text).filter((text) => text !== ''),
          files: sent.flatMap(({ media }) => (media === undefined ? [] : [media])),
          reactions: sent.flatMap(({ reaction }) => (reaction === undefined ? [] : [reaction])),
        };
      },
    };
  }

  describeGateway('the WhatsApp gateway', open);
});

const widOf = (phone: string) => `${phone.slice(1)}@c.us`;
