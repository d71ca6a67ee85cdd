import { createClient } from '@flowwire/client';
import { WebSocket } from 'ws';
import { type PrintShopClient, printShop } from './generated/index.js';

/** A client of the shop. Node 20 has no WebSocket of its own, so it is given one. */
export const createPrintShop = (baseUrl: string, auth: string): PrintShopClient =>
  createClient(printShop, { baseUrl, auth, WebSocket });

/** Asks for the price at the counter, submits the job and watches it; `say` is told each step. */
export async function print(
  shop: PrintShopClient,
  title: string,
  pages: number,
  say: (line: string) => void,
) {
  const counter = shop.counter();
  const answer = await counter.request({ type: 'ask_price', pages, paper: 'a4' });
  counter.close();
  say(answer.type === 'price' ? `It costs ${answer.cents} cents.` : answer.message);

  const job = await shop.submitJob({ body: { title, pages, paper: 'a4' } });
  const events = shop.followJob({ path: { jobId: job.id } });
  for await (const event of events) {
    if (event.type === 'queued') say(`${job.id} waits.`);
    if (event.type === 'page_printed') say(`Page ${event.page} of ${pages} is printed.`);
    if (event.type === 'finished') say('It is finished.');
  }
  return shop.getJob({ path: { jobId: job.id } });
}

if (process.argv[1] === import.meta.filename) {
  const shop = createPrintShop('http://127.0.0.1:8090', 'shop-secret');
  console.log(await print(shop, 'Thesis', 5, console.log));
}
