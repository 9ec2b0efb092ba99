"""What a plan reads, what a commit changed, what is still true: answers kept, and made unreachable by every change.

Nothing here knows HTTP beyond a Response, nor rules; which answer a question has is others' to say.
"""
