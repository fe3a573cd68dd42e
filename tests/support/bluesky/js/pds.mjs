// A PDS of its own, started by server.mjs for one test: real limits if wanted, a clock that can be moved, stop and start
// on the same data. It takes orders over the channel to its parent and ends with it.
//
//   node --import ./loopback.mjs --import ./clock.mjs pds.mjs FOLDER OPTIONS
import { mkdtemp, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [, , folder, options] = process.argv
const { plc, rateLimits, bypassKey, env } = JSON.parse(options)
const require = createRequire(join(folder, 'package.json'))
const { TestPds } = require('@atproto/dev-env/dist/pds.js')
const { mockNetworkUtilities } = require('@atproto/dev-env/dist/util.js')
const { randomBytes } = await import('node:crypto')

process.on('disconnect', () => process.exit(0))

const home = await mkdtemp(join(tmpdir(), 'pds-'))
const settings = {
  didPlcUrl: plc,
  dataDirectory: join(home, 'data'),
  blobstoreDiskLocation: join(home, 'blobs'),
  plcRotationKeyK256PrivateKeyHex: randomBytes(32).toString('hex'),
  rateLimitsEnabled: rateLimits === true,
  rateLimitBypassKey: bypassKey,
  ...env,
}
await mkdir(settings.dataDirectory)

let pds
const orders = {
  async start() {
    if (pds) return {}
    pds = await TestPds.create(settings)
    settings.port = pds.port
    mockNetworkUtilities(pds)
    return { url: pds.url }
  },
  async stop() {
    await pds?.close()
    pds = undefined
    return {}
  },
  async forget({ did }) {
    await pds.ctx.actorStore.transact(did, (store) =>
      store.repo.blob.db.db.deleteFrom('blob').where('tempKey', 'is not', null).execute(),
    )
    return {}
  },
  async clock({ advance_ms }) {
    return { now_ms: globalThis.moveClock(advance_ms) }
  },
}

process.on('message', async ({ id, order, ...rest }) => {
  try {
    process.send({ id, answer: await orders[order](rest) })
  } catch (err) {
    process.send({ id, error: String(err?.stack ?? err) })
  }
})
process.send({ ready: true })
