from django.urls import path

from withdrawals.views import WithdrawalList

urlpatterns = [path("withdrawals", WithdrawalList.as_view(), name="withdrawals")]
