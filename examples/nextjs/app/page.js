// @ts-check
/** Made while building, without a key: nothing here asks for the guard. */
export default function Page() {
  return <a href="/chat?message=Hello">Ask DeepSeek</a>
}
