// Says plainly what is wrong when the pinned Node.js was not installed (`npm ci --ignore-scripts` leaves it out).
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  process.stderr.write(
    `Posthorn needs Node.js 24.15 or newer, this is ${process.versions.node}. ` +
      'Run `npm ci` with install scripts allowed: the npm package `node` brings the right one.\n',
  )
  process.exit(1)
}
