"""What the bot does for people. This list is the index of everything it does."""

from __future__ import annotations

from bot.routing import Router
from handlers import (
    answer,
    approve,
    cancel,
    card,
    change_card,
    change_votes,
    deploy,
    deploy_form,
    freeze,
    freezes,
    help,
    home,
    housekeeping,
    notes,
    plan,
    planned,
    progress,
    queue,
    release,
    release_card,
    reload,
    run,
    start,
    status,
    thaw,
    trouble,
)

router = Router.of(
    [
        deploy.router,
        deploy_form.router,
        plan.router,
        planned.router,
        approve.router,
        queue.router,
        start.router,
        run.router,
        progress.router,
        answer.router,
        cancel.router,
        status.router,
        freeze.router,
        freezes.router,
        thaw.router,
        help.router,
        home.router,
        release.router,
        release_card.router,
        card.router,
        notes.router,
        trouble.router,
        housekeeping.router,
        reload.router,
        change_votes.router,
        change_card.router,
    ]
)
