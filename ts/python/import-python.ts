import type { Session } from "../client/session.ts";
import { ArgumentError } from "../errors.ts";
import { PYTHON } from "../wire/messages.ts";
import { fromJson } from "../wire/replies.ts";
import { PythonClient } from "./python-client.ts";
import type { PythonPlace } from "./python-socket.ts";

const clients: WeakMap<Session<"promise">, Promise<PythonClient>> = new WeakMap();

/** Imports a Python module in a session's worker. The first import opens a shared connection. */
export async function importPython(session: Session, name: string): Promise<unknown> {
  if (typeof name !== "string" || name === "") {
    throw new ArgumentError("python: expected the name of a module");
  }
  if (!answersByPromises(session)) {
    throw new ArgumentError("python: calls return promises; use open, not openSync");
  }
  let client = clients.get(session);
  if (client === undefined) {
    client = open(session);
    clients.set(session, client);
    client.catch(() => clients.delete(session));
  }
  return (await client).import(name);
}

async function open(session: Session<"promise">): Promise<PythonClient> {
  const place = await session.channel.request({
    kind: PYTHON,
    write: (body) => {
      if (session.sharesMemory) body.bytes(READS_SHARED_MEMORY);
    },
    decode: (reply) => fromJson<PythonPlace>(reply.text(), "the address of the Python socket"),
  });
  return new PythonClient(session, place);
}

/** Python may leave large parts of its messages in memory that this process reads. */
const READS_SHARED_MEMORY: Uint8Array = Uint8Array.of(1);

function answersByPromises(session: Session): session is Session<"promise"> {
  return session.channel.manner === "promise";
}
