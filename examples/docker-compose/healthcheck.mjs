// @ts-check
// Images of Node carry no curl. Exit status 0: this container may get traffic.
const url = `http://127.0.0.1:${process.env.PORT || 3000}/health/deepseek`
const ok = await fetch(url).then(
  (response) => response.ok,
  () => false,
)
process.exitCode = ok ? 0 : 1
