# What is answered for somebody who is away and said no words of their own.

vacation-subject = Away: { $subject }
vacation-text = I am away at the moment and will read your message when I am back. This answer was sent automatically; you will not get another one for some days.
