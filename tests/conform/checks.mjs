// Runs a client's checks one after the other and tells each: `ok - name` or `not ok - name`.
// The first line is the plan, so that a client that dies cannot hide the checks it did not reach.

const LONGEST_CHECK_MS = 90_000;

/** What the running sandbox told when it was ready. */
export const sandbox = JSON.parse(process.env.SANDBOX ?? '{}');

export async function run(checks) {
  const names = Object.keys(checks);
  console.log(`1..${names.length}`);
  for (const name of names) {
    try {
      await within(LONGEST_CHECK_MS, checks[name]());
      console.log(`ok - ${name}`);
    } catch (error) {
      console.log(`not ok - ${name}`);
      console.log(String(error?.stack ?? error).replace(/^/gm, '  # '));
    }
  }
  // Clients keep connections open.
  process.exit(0);
}

async function within(limit, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished after ${limit} ms`)), limit);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
