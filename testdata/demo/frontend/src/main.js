const api = import.meta.env.VITE_API_URL ?? '/api'

fetch(`${api}/health`)
  .then((response) => response.json())
  .then(({ status }) => {
    document.querySelector('#app').textContent = `The shop is ${status}.`
  })
