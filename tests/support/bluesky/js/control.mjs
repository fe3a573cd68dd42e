// The control server: JSON in, JSON out. An error is a status of 400 or more and `{"error": …}`.
//
//   GET  /                     addresses: pds, plc, appview, appview_did
//   POST /accounts             {name | handle, pds?, app_password?}: an account with an app password, unless that is
//                              false. A name gets a number: desk-1k.test
//   POST /settled              waits until the AppView knows everything the PDS had written when it was asked
//   POST /takedown             {did, undo?}: as an administrator of the PDS does
//   POST /deactivate           {did, undo?}: as its owner does
//   POST /delete               {did}: as an administrator does
//   POST /revoke               {did}: its owner revokes the app password
//   POST /label                {uri, val, undo?}: a labeler that the AppView trusts labels an account (its did) or a record
//   POST /pds                  {rate_limits?, pid?, env?}: a PDS of its own with id and address; ends with the process `pid`
//   POST /pds/ID/clock         {advance_ms}: moves its clock
//   POST /pds/ID/stop, /start  as a server that is restarted, with its data
//   POST /pds/ID/forget        {did}: throws away what was uploaded and is in no record
//   DELETE /pds/ID
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import http from 'node:http'
import { fileURLToPath } from 'node:url'

const ADMIN = 'Basic ' + Buffer.from('admin:admin-pass').toString('base64') // the packages' own, for development
const SETTLES_WITHIN_MS = 30_000

const here = (file) => fileURLToPath(new URL(file, import.meta.url))
const wait = (ms) => new Promise((done) => setTimeout(done, ms))

class Refused extends Error {}

export async function serve(network) {
  const bypassKey = randomBytes(12).toString('hex')
  const servers = new Map() // id → a PDS of its own
  const accounts = new Map() // did → {password, url}
  let made = 0

  async function xrpc(url, method, body, authorization) {
    const answer = await fetch(`${url}/xrpc/${method}`, {
      method: 'POST',
      headers: {
        'x-ratelimit-bypass': bypassKey,
        ...(body && { 'content-type': 'application/json' }),
        ...(authorization && { authorization }),
      },
      body: body && JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Refused(`${method}: ${answer.status} ${text}`)
    return text ? JSON.parse(text) : {}
  }

  const known = (did) => {
    const account = accounts.get(did)
    if (!account) throw new Refused(`no account ${did} was made here`)
    return account
  }

  // What its owner does, signed in with the password itself.
  async function asOwner(did, method, body) {
    const { url, password } = known(did)
    const session = await xrpc(url, 'com.atproto.server.createSession', { identifier: did, password })
    return xrpc(url, method, body, `Bearer ${session.accessJwt}`)
  }

  async function account({ name, handle, pds, app_password = true }) {
    const service = pds === undefined ? network.pds.url : server(pds).url
    // The first label has at most 18 characters.
    const full = handle ?? `${name.slice(0, 12)}-${(++made).toString(36)}.test`
    const password = randomBytes(9).toString('base64url')
    const email = `${full.replace(/[^a-z0-9]/g, '-')}@example.com`
    const signed = await xrpc(service, 'com.atproto.server.createAccount', { handle: full, email, password })
    const { did, accessJwt: jwt } = signed
    accounts.set(did, { password, url: service })
    let app = ''
    if (app_password) {
      const order = { name: 'newsdesk' }
      const made = await xrpc(service, 'com.atproto.server.createAppPassword', order, `Bearer ${jwt}`)
      app = made.password
    }
    return { did, handle: full, password, app_password: app, jwt, service }
  }

  async function settled() {
    const { pds, appview } = network
    await pds.processAll()
    const last = await pds.ctx.sequencer.curr()
    const deadline = Date.now() + SETTLES_WITHIN_MS
    while (last) {
      await appview.sub.processAll()
      if ((appview.sub.runner.getCursor() ?? 0) >= last) break
      if (Date.now() > deadline) throw new Refused(`the AppView did not catch up within ${SETTLES_WITHIN_MS} ms`)
      await wait(3)
    }
    return {}
  }

  async function takedown({ did, undo }) {
    const subject = { $type: 'com.atproto.admin.defs#repoRef', did }
    const body = { subject, takedown: undo ? { applied: false } : { applied: true, ref: 'test' } }
    return xrpc(known(did).url, 'com.atproto.admin.updateSubjectStatus', body, ADMIN)
  }

  async function label({ uri, val, undo }) {
    const { db } = network.appview
    const key = { src: network.labeler, uri, val }
    await db.db.deleteFrom('label').where('src', '=', key.src).where('uri', '=', uri).where('val', '=', val).execute()
    if (!undo) {
      const row = { ...key, cid: '', neg: false, cts: new Date().toISOString(), exp: null }
      await db.db.insertInto('label').values(row).execute()
    }
    return {}
  }

  // --- PDSes of their own ------------------------------------------------------------------------------------------

  const server = (id) => {
    const found = servers.get(String(id))
    if (!found) throw new Refused(`no PDS ${id}; it has ended, or never was`)
    return found
  }

  async function startPds({ rate_limits, pid, env }) {
    const options = { plc: network.plc.url, rateLimits: rate_limits, bypassKey, env }
    const child = fork(here('pds.mjs'), [network.folder, JSON.stringify(options)], {
      execArgv: ['--import', here('loopback.mjs'), '--import', here('clock.mjs')],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const id = String(servers.size + 1 + Math.floor(Math.random() * 1e9))
    const waiting = new Map()
    let ready
    const isReady = new Promise((done) => (ready = done))
    let asked = 0
    child.on('message', ({ ready: up, id: n, answer, error }) => {
      if (up) return ready()
      const { done, failed } = waiting.get(n)
      waiting.delete(n)
      if (error) failed(new Error(error))
      else done(answer)
    })
    const order = (name, rest) =>
      new Promise((done, failed) => {
        waiting.set(++asked, { done, failed })
        child.send({ id: asked, order: name, ...rest })
      })
    const gone = new Promise((_, failed) =>
      child.on('exit', (code) => {
        servers.delete(id)
        const err = new Error(`the PDS ended with ${code}`)
        for (const one of waiting.values()) one.failed(err)
        failed(err)
      }),
    )
    gone.catch(() => {})
    await Promise.race([isReady, gone])
    const { url } = await order('start')
    servers.set(id, { child, order, url, pid })
    return { id, url }
  }

  // A test that was killed cannot say so.
  setInterval(() => {
    for (const { child, pid } of servers.values()) {
      if (pid === undefined) continue
      try {
        process.kill(pid, 0)
      } catch (err) {
        if (err.code === 'ESRCH') child.kill()
      }
    }
  }, 1_000).unref()

  async function answer(method, path, body) {
    const { did, undo } = body
    switch (`${method} ${path}`) {
      case 'GET /':
        return {
          pds: network.pds.url,
          plc: network.plc.url,
          appview: network.appview.url,
          appview_did: network.appview.ctx.cfg.serverDid,
        }
      case 'POST /accounts':
        return account(body)
      case 'POST /settled':
        return settled()
      case 'POST /takedown':
        return takedown(body)
      case 'POST /deactivate':
        return asOwner(did, `com.atproto.server.${undo ? 'activateAccount' : 'deactivateAccount'}`, undo ? undefined : {})
      case 'POST /delete':
        return xrpc(known(did).url, 'com.atproto.admin.deleteAccount', { did }, ADMIN)
      case 'POST /revoke':
        return asOwner(did, 'com.atproto.server.revokeAppPassword', { name: 'newsdesk' })
      case 'POST /label':
        return label(body)
      case 'POST /pds':
        return startPds(body)
    }
    const [, kind, id, order] = path.split('/')
    if (kind === 'pds' && method === 'POST' && ['clock', 'stop', 'start', 'forget'].includes(order)) {
      return server(id).order(order, body)
    }
    if (kind === 'pds' && method === 'DELETE') {
      server(id).child.kill()
      return {}
    }
    throw new Refused(`control.mjs knows no ${method} ${path}`)
  }

  const control = http.createServer(async (request, response) => {
    const parts = []
    for await (const part of request) parts.push(part)
    let [status, said] = [200, {}]
    try {
      said = await answer(request.method, request.url, JSON.parse(Buffer.concat(parts).toString() || '{}'))
    } catch (err) {
      status = err instanceof Refused ? 400 : 500
      said = { error: err instanceof Refused ? err.message : String(err?.stack ?? err) }
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said))
  })
  await new Promise((done) => control.listen(0, done))
  return `http://127.0.0.1:${control.address().port}`
}
