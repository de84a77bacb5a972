// Returns whether the element with the focus looks different without it.
() => {
  const element = document.activeElement;
  const looks = () => [element, element.parentElement, element.closest('label'),
    element.nextElementSibling].filter(Boolean).map((part) => {
      const style = getComputedStyle(part);
      return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow,
        style.borderColor, style.backgroundColor].join();
    }).join(';');
  const focused = looks();
  element.blur();
  const without = looks();
  element.focus({preventScroll: true});
  return focused !== without;
}
