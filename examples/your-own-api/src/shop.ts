import { EventEmitter, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Job, JobEvent, NewJob, Paper, PrinterState } from './generated/index.js';

const CENTS_A_PAGE: Readonly<Record<Paper, number>> = { a3: 30, a4: 10 };

interface Entry {
  job: Job;
  readonly events: JobEvent[];
}

/** A shop with one printer. It knows no HTTP: it could as well be behind something else. */
export class Shop {
  readonly #entries: Entry[] = [];
  readonly #news = new EventEmitter().setMaxListeners(0);
  readonly #msPerPage: number;
  #printer: PrinterState = { type: 'printer', state: 'idle' };
  #work: Promise<void> = Promise.resolve();

  constructor(msPerPage: number) {
    this.#msPerPage = msPerPage;
  }

  /** Newest first. */
  list(status?: Job['status']): Job[] {
    const jobs = this.#entries.map(({ job }) => job).reverse();
    return status === undefined ? jobs : jobs.filter((job) => job.status === status);
  }

  find(id: string): Job | undefined {
    return this.#entry(id)?.job;
  }

  /** Takes a job in. It is printed when those before it are. */
  submit({ title, pages, paper }: NewJob): Job {
    const id = `job_${this.#entries.length + 1}`;
    const entry: Entry = { job: { id, title, pages, paper, status: 'queued', printed: 0 }, events: [] };
    this.#entries.push(entry);
    this.#tell(entry, { type: 'queued', pages });
    const { job } = entry;
    this.#work = this.#work.then(() => this.#print(entry));
    return job;
  }

  /** What happens to a job after its first `seen` events, to the end. */
  async *follow(id: string, seen: number, signal: AbortSignal): AsyncGenerator<JobEvent> {
    const events = this.#entry(id)?.events ?? [];
    for (let next = seen; ; next += 1) {
      while (next >= events.length) {
        if (events.at(-1)?.type === 'finished') return;
        await once(this.#news, id, { signal });
      }
      const event = events[next];
      if (event) yield event;
    }
  }

  price(pages: number, paper: Paper): number {
    return pages * CENTS_A_PAGE[paper];
  }

  /** The state of the printer, now and whenever it has changed. */
  async *printer(signal: AbortSignal): AsyncGenerator<PrinterState> {
    for (let told: PrinterState | undefined; ; ) {
      while (told === this.#printer) await once(this.#news, 'printer', { signal });
      told = this.#printer;
      yield told;
    }
  }

  #entry(id: string): Entry | undefined {
    return this.#entries.find(({ job }) => job.id === id);
  }

  #tell(entry: Entry, event: JobEvent): void {
    entry.events.push(event);
    this.#news.emit(entry.job.id);
  }

  #set(printer: PrinterState): void {
    this.#printer = printer;
    this.#news.emit('printer');
  }

  async #print(entry: Entry): Promise<void> {
    const { id, pages } = entry.job;
    this.#set({ type: 'printer', state: 'printing', jobId: id });
    for (let page = 1; page <= pages; page += 1) {
      // Printing keeps no program alive whose shop has closed.
      await wait(this.#msPerPage, undefined, { ref: false });
      entry.job = { ...entry.job, status: 'printing', printed: page };
      this.#tell(entry, { type: 'page_printed', page });
    }
    entry.job = { ...entry.job, status: 'finished' };
    this.#tell(entry, { type: 'finished', pages });
    this.#set({ type: 'printer', state: 'idle' });
  }
}
