/** Opens the session with the options that the server names, and shows where it stands. ES2018, as webpack 4 reads. */
export async function show(createSession) {
  const dataset = document.body.dataset;
  try {
    const options = await (await fetch("/options.json")).json();
    const session = await createSession(options);
    window.otrsAuthDemo = { session: session };
    const paint = () => {
      dataset.status = session.status.name;
    };
    session.addEventListener("change", paint);
    paint();
  } catch (error) {
    dataset.status = "failed";
    dataset.code = error.code || String(error);
    dataset.remedy = error.remedy || "";
    dataset.subject = error.subject || "";
  }
}
