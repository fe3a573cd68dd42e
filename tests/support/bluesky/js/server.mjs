// The real Bluesky for tests: a PLC directory, a PDS and an AppView, and a control server that does what no client can.
//
//   node --import ./loopback.mjs server.mjs FOLDER
//
// FOLDER is where the packages are. NEWSDESK_TEST_PG names a PostgreSQL server, in which the AppView gets a database of
// its own. Prints one line `READY ADDRESS` with the control server's address, and ends when its stdin does. What the
// control server understands is in control.mjs.
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { serve } from './control.mjs'

const [, , folder] = process.argv
const require = createRequire(join(folder, 'package.json'))
// One by one: the whole package brings the moderation service too, which takes as long again to load.
const { TestPlc } = require('@atproto/dev-env/dist/plc.js')
const { TestPds } = require('@atproto/dev-env/dist/pds.js')
const { TestBsky } = require('@atproto/dev-env/dist/bsky.js')
const { mockNetworkUtilities } = require('@atproto/dev-env/dist/util.js')
const pg = createRequire(require.resolve('@atproto/bsky'))('pg')
const getPort = require('get-port')

const LABELER = 'did:example:labeler' // whose labels the AppView shows to everybody

// Letters only, as the AppView wants the name of its schema.
const name = 'newsdesk_bsky_' + [...randomBytes(10)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('')
const server = process.env.NEWSDESK_TEST_PG
const own = new URL(server)
own.pathname = `/${name}`

async function sql(address, text) {
  const client = new pg.Client({ connectionString: address })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

await sql(server, `CREATE DATABASE ${name}`)
let ending = false
async function end(code) {
  if (ending) return
  ending = true
  setTimeout(() => process.exit(code), 5_000).unref()
  try {
    await sql(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  } catch {
    // The server went first, and the database with it.
  }
  process.exit(code)
}
process.stdin.on('end', () => end(0)).on('error', () => end(0)).resume()
// A lost connection to a database that is being dropped ends nothing; anything else is shown, and the run goes on.
process.on('uncaughtException', (err) => ending || console.error('bluesky server:', err))
process.on('unhandledRejection', (err) => ending || console.error('bluesky server:', err))

const plc = await TestPlc.create({})
const pdsPort = await getPort()
const appview = await TestBsky.create({
  plcUrl: plc.url,
  pdsPort,
  repoProvider: `ws://localhost:${pdsPort}`,
  dbPostgresUrl: own.href,
  dbPostgresSchema: name,
  redisHost: '', // it has no use for one
  labelsFromIssuerDids: [LABELER],
})
const pds = await TestPds.create({
  port: pdsPort,
  didPlcUrl: plc.url,
  bskyAppViewUrl: appview.url,
  bskyAppViewDid: appview.ctx.cfg.serverDid,
})
mockNetworkUtilities(pds, appview)

const control = await serve({ folder, plc, pds, appview, labeler: LABELER })
process.stdout.write(`READY ${control}\n`)
