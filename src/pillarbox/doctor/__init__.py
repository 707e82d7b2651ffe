"""What is right and wrong with a domain's records: findings, each with the record to publish.

`domain.check` asks everything and needs nothing but a Resolver.
"""
