// Returns the visible controls that are lower or narrower than `least` CSS pixels.
(least) => {
  const inline = '.words .link, .words a, .context .link, .context a, .mention, .attachment a';
  const found = [];
  let seen = 0;
  for (const element of document.querySelectorAll('button, input, select, summary, a, [role=option]')) {
    const shown = element.checkVisibility({visibilityProperty: true, opacityProperty: false});
    if (!shown || element.matches(inline)) continue;
    // A radio button is hit on its whole label.
    const box = (element.type === 'radio' ? element.parentElement : element).getBoundingClientRect();
    seen += 1;
    if (box.width < least || box.height < least)
      found.push(`${Math.round(box.width)}×${Math.round(box.height)}: ${element.outerHTML.slice(0, 80)}`);
  }
  return {seen, found};
}
