"""What somebody does and sees at the page, by the names that a screen reader would read."""

import re
from typing import Self

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, expect

CONFIRM, DECLINE = "Cancel batch", "Keep running"
PRIVATE = "Only visible to you"
PICKER = "Batches to cancel"


class Viewer:
    """One open page. `complaints` are its errors, `requested` the addresses it asked for."""

    def __init__(self, page: Page, url: str) -> None:
        """Open the page, and wait until it shows the channel."""
        self.page, self.url = page, url
        self.complaints: list[str] = []
        self.requested: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", self._fail)
        page.on("request", lambda request: self.requested.append(request.url))
        page.goto(url)
        expect(self.composer).to_be_visible()
        expect(self.bot).to_contain_text("running")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _fail(self, error: Error) -> None:
        self.complaints.append(str(error))

    def foreign_requests(self) -> list[str]:
        """Return the addresses that are not the page's own server's."""
        return [url for url in self.requested if not url.startswith(f"{self.url}/")]

    @property
    def composer(self) -> Locator:
        """Return the field for messages and commands."""
        return self.page.get_by_role("combobox", name="Message")

    @property
    def bot(self) -> Locator:
        """Return what tells how the bot is, shown or not."""
        return self.page.get_by_role("status", name="Bot", include_hidden=True)

    @property
    def suggestions(self) -> Locator:
        """Return the options that complete what is being typed."""
        return self.page.get_by_role("listbox", name="Suggestions").get_by_role("option")

    @property
    def thread(self) -> Locator:
        """Return the thread pane."""
        return self.page.get_by_role("complementary", name="Thread")

    @property
    def confirmation(self) -> Locator:
        """Return the private question with the buttons."""
        button = self.page.get_by_role("button", name=CONFIRM, exact=True)
        return self.messages().filter(has=button)

    def messages(self, *parts: str) -> Locator:
        """Return the messages in the open channel that contain these parts, oldest first."""
        found = self.page.get_by_role("log", name="Messages").get_by_role("article")
        for part in parts:
            found = found.filter(has_text=part)
        return found

    def replies(self, *parts: str) -> Locator:
        """Return the messages in the thread pane below the first one."""
        found = self.thread.get_by_role("article")
        for part in parts:
            found = found.filter(has_text=part)
        return found

    def act_as(self, name: str) -> Self:
        """Be somebody else."""
        person = self.page.get_by_role("combobox", name="You are")
        label = person.get_by_role("option").filter(has_text=re.compile(f"^{name}"))
        person.select_option(label=label.inner_text())
        return self

    def open_channel(self, name: str) -> Self:
        """Go to a channel, such as "#general", or to the bot's direct messages, "batch-bot"."""
        self.channel(name).click()
        return self

    def channel(self, name: str) -> Locator:
        """Return what opens a channel."""
        channels = self.page.get_by_role("navigation", name="Channels")
        return channels.get_by_role("button", name=re.compile(f"^{re.escape(name)}"))

    def say(self, text: str) -> Self:
        """Type something, and send it."""
        self.composer.fill(text)
        self.page.get_by_role("button", name="Send", exact=True).click()
        return self

    def command(self, batch_id: str) -> Self:
        """Type the command about a batch, and send it."""
        return self.say(f"/cancel-batch {batch_id}")

    def button(self, label: str) -> Locator:
        """Return the button with exactly that name."""
        return self.page.get_by_role("button", name=label, exact=True)

    def press(self, label: str) -> Self:
        """Press the button with that name."""
        self.button(label).click()
        return self

    def speed(self, name: str) -> Self:
        """Choose how long cancellations take."""
        radio = self.page.get_by_role("group", name="Speed").get_by_role("radio", name=name)
        radio.click()
        expect(radio).to_be_checked()
        return self

    def cancel(self, batch_id: str) -> Self:
        """Type the command and confirm it."""
        self.command(batch_id)
        expect(self.confirmation).to_contain_text(batch_id)
        return self.press(CONFIRM)

    def batch(self, batch_id: str) -> Locator:
        """Return a batch in the list beside the channel."""
        batches = self.page.get_by_role("region", name="Batches")
        return batches.get_by_role("listitem").filter(has_text=batch_id)

    def open_thread(self, *parts: str) -> Self:
        """Open the thread below the message with these parts, once there is a reply."""
        replies = self.messages(*parts).get_by_role("button", name=re.compile(r"^\d+ repl(y|ies)"))
        replies.click()
        return self

    def fits(self, width: int) -> bool:
        """Return whether nothing is wider than the window, which would have to be scrolled."""
        return int(self.page.evaluate("document.documentElement.scrollWidth")) <= width

    @property
    def picker(self) -> Locator:
        """Return the field by which batches are found and chosen, in the bot's list."""
        return self.page.get_by_role("combobox", name=PICKER, exact=True)

    @property
    def listed(self) -> Locator:
        """Return the batches that the list shows while it is open."""
        found = self.page.get_by_role("listbox", name=PICKER, exact=True)
        return found.get_by_role("option")

    @property
    def chosen(self) -> Locator:
        """Return the batches that are chosen; a press takes one out again."""
        return self.page.get_by_role("list", name="Chosen").get_by_role("button")

    def pick(self, *names: str) -> Self:
        """Choose batches in the list, each by typing a part of its name; then close it."""
        for name in names:
            self.picker.fill(name)
            expect(self.listed).to_have_count(1)
            self.listed.click()
        self.picker.press("Escape")
        expect(self.chosen).to_have_count(len(names))
        return self

    def more_actions(self, *parts: str) -> Locator:
        """Return what opens the menu of the message with these parts."""
        return self.messages(*parts).get_by_role("button", name="More actions")

    @property
    def shortcut(self) -> Locator:
        """Return the app's shortcut in a message's open menu."""
        menu = self.page.get_by_role("menu", name="Message actions")
        return menu.get_by_role("menuitem", name="Cancel batch…")
